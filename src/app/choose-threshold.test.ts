import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ALWAYS, SCALE, chooseThreshold, countFiring, findHeight } from './choose-threshold.ts';

const height = fc.oneof(fc.nat({ max: SCALE.length }), fc.constant(ALWAYS));
const heights = fc.array(height, { minLength: 1, maxLength: 300 });

it('has a scale that ascends, with the shipped threshold on it', () => {
  expect(SCALE).toEqual([...SCALE].sort((a, b) => a - b));
  expect(new Set(SCALE).size).toBe(SCALE.length);
  for (const value of [0.05, 0.5, 0.98, 0.999]) expect(SCALE).toContain(value);
});

it('finds the height of a text, and asks a harmless one once', () => {
  for (let expected = 0; expected <= SCALE.length; expected++) {
    let asked = 0;
    const found = findHeight((index) => {
      asked++;
      return index < expected;
    });
    expect(found).toBe(expected);
    expect(asked).toBeLessThanOrEqual(expected === 0 ? 1 : 9);
  }
});

it('keeps the budget, and by the least threshold that does', () => {
  fc.assert(
    fc.property(heights, fc.double({ min: 0.0001, max: 0.5, noNaN: true }), (texts, budget) => {
      const chosen = chooseThreshold(texts, budget);
      const shareAt = (index: number): number => countFiring(texts, index) / texts.length;
      if (chosen === undefined) {
        expect(shareAt(SCALE.length - 1)).toBeGreaterThan(budget);
        return;
      }
      expect(shareAt(chosen)).toBeLessThanOrEqual(budget);
      for (let lower = 0; lower < chosen; lower++) expect(shareAt(lower)).toBeGreaterThan(budget);
    }),
  );
});

it('never asks for less where the budget is smaller, nor where one more text fires', () => {
  const place = (chosen: number | undefined): number => chosen ?? SCALE.length;
  fc.assert(
    fc.property(heights, fc.double({ min: 0.001, max: 0.4, noNaN: true }), (texts, budget) => {
      const chosen = place(chooseThreshold(texts, budget));
      expect(place(chooseThreshold(texts, budget / 2))).toBeGreaterThanOrEqual(chosen);
      expect(place(chooseThreshold([ALWAYS, ...texts], budget))).toBeGreaterThanOrEqual(chosen);
    }),
  );
});
