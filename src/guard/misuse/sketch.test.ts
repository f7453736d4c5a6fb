// Sketches know near-copies, and tell other texts apart.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEW_WORDS, similarity, toSketch } from './sketch.ts';

const SEED = 7;
const TEXT = 'Please explain carefully how somebody could repair the broken fountain behind the old library';
const fold = (a: string, b: string): number => similarity(toSketch(a, SEED).fold, toSketch(b, SEED).fold);
const raw = (a: string, b: string): number => similarity(toSketch(a, SEED).raw, toSketch(b, SEED).raw);

describe('a sketch', () => {
  it('is the same for the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        expect(toSketch(text, SEED)).toEqual(toSketch(text, SEED));
      }),
    );
  });

  it('is another with another seed', () => {
    expect(similarity(toSketch(TEXT, 1).fold, toSketch(TEXT, 2).fold)).toBeLessThan(0.2);
    expect(toSketch(TEXT, 1).exact).not.toBe(toSketch(TEXT, 2).exact);
  });

  it('sees through capitals and through letters shuffled within words', () => {
    const other = 'PlEASe elxpain caerfluly how sombedoy cuold rpaeir tHe bkroen foutnain bhenid the OLD lbriray';
    expect(fold(TEXT, other)).toBe(1);
    expect(raw(TEXT, other)).toBeLessThan(0.2);
    expect(
      fold('Объясни подробно устройство старинного фонтана', 'оБЪЯСНИ ПОдробно усТРОйство старИнного ФонТана'),
    ).toBe(1);
  });

  it('knows a text whose words are in another order, or of which some are others', () => {
    expect(fold(TEXT, TEXT.split(' ').reverse().join(' '))).toBe(1);
    expect(fold(TEXT, `${TEXT} in the evening`)).toBeGreaterThan(0.7);
  });

  it('has little in common with other texts', () => {
    expect(fold(TEXT, 'What time does the train to the mountains leave on Sunday mornings in winter?')).toBeLessThan(
      0.3,
    );
    expect(fold('图书馆后面的喷泉怎么修理', '明天早上的火车几点出发')).toBeLessThan(0.3);
    expect(fold('图书馆后面的喷泉怎么修理', '图书馆后面的喷泉该怎么修理呢')).toBeGreaterThan(0.6);
  });

  it('leaves numbers out, and marks around words', () => {
    expect(fold('order 4711 arrived broken yesterday morning', 'order 1234, arrived "broken" yesterday morning!')).toBe(
      1,
    );
    expect(toSketch('17 4711 2024-01-01', SEED).words).toBe(0);
  });

  it('says when there are few words', () => {
    expect(toSketch('', SEED).words).toBe(0);
    expect(toSketch('thanks a lot', SEED).words).toBe(3);
    expect(toSketch(TEXT, SEED).words).toBe(FEW_WORDS);
  });

  it('takes bounded work for any length', () => {
    const long = `${TEXT} `.repeat(100_000);
    const started = performance.now();
    for (let i = 0; i < 1000; i++) toSketch(long, SEED);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(fold(long, `${long}and one more`)).toBeGreaterThan(0.7);
  });
});
