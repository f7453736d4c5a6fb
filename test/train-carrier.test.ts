/** The carriers of the training set: of many kinds, within their bounds, the same for a seed, and whole after an embedding. */

import { describe, expect, it } from 'vitest';

import { CARRIER_KINDS, embed, makeCarrier, type Random } from '../tools/train/carrier.ts';

function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Letters and digits only: what is left of a text whatever syntax it was put into. */
function bare(text: string): string {
  return text.replaceAll(/&(?:quot|lt|amp);|\\[nt]/g, '').replaceAll(/[^\p{L}\p{N}]/gu, '');
}

const PAYLOADS = [
  'The grey owl waits at the second gate',
  'First line of the note.\nSecond line, "quoted" and it\'s <b>bold</b>.\n\nThird | line & end, 100% $& $1',
];

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('makeCarrier', () => {
  it('is the same for the same seed and keeps its bounds', () => {
    const texts = Array.from({ length: 600 }, (_, seed) => makeCarrier(seeded(seed)));
    expect(texts).toEqual(Array.from({ length: 600 }, (_, seed) => makeCarrier(seeded(seed))));
    expect(new Set(texts).size).toBe(600);
    expect(Math.min(...texts.map((text) => text.length))).toBeGreaterThanOrEqual(200);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(6000);
    expect(texts.some((text) => text.length < 400) && texts.some((text) => text.length > 4000)).toBe(true);
    expect(texts.filter((text) => /undefined|\[object/.test(text))).toEqual([]);
  });

  it('knows a dozen kinds and more', () => {
    expect(Object.keys(CARRIER_KINDS).length).toBeGreaterThan(12);
  });
});

describe('embed', () => {
  it.each(Object.entries(CARRIER_KINDS))('keeps the payload whole in %s', (_, kind) => {
    const found = new Set<number>();
    for (let seed = 0; seed < 120; seed++) {
      const random = seeded(seed);
      const carrier = kind(random, 900);
      const payload = PAYLOADS[seed % PAYLOADS.length] ?? '';
      const text = embed(carrier, payload, random);
      expect(bare(text)).toContain(bare(payload));
      expect(text.length).toBeLessThan(carrier.length + 2 * payload.length + 400);
      found.add(Math.floor((4 * bare(text).indexOf(bare(payload))) / bare(text).length));
    }
    expect(found.size).toBeGreaterThanOrEqual(3);
  });

  it('leaves JSON readable where it writes into a field', () => {
    let readable = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = seeded(seed);
      const carrier = CARRIER_KINDS['mail_json']?.(random, 800) ?? '';
      const payload = PAYLOADS[1] ?? '';
      const value = json(embed(carrier, payload, random));
      if (value === undefined) continue;
      readable++;
      expect(JSON.stringify(value)).toContain(JSON.stringify(payload).slice(1, -1));
    }
    expect(readable).toBeGreaterThan(60);
  });
});
