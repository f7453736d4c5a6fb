// Windows over tokens: all of a text, in order, with nothing that is only ever seen cut.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WINDOWS_MOST, attackShare, specialsOf, splitWindows } from './windows.ts';

it('holds every token, and every run of a quarter of a window whole', () => {
  fc.assert(
    fc.property(fc.nat({ max: 150 }), fc.integer({ min: 4, max: 30 }), (length, size) => {
      const ids = Array.from({ length }, (_, i) => i);
      const windows = splitWindows(ids, size)!;
      expect(windows.every((window) => window.length === Math.min(size, length))).toBe(true);
      expect(windows.at(-1)!.at(-1)).toBe(ids.at(-1));
      const run = Math.min(Math.floor(size / 4), length);
      for (let from = 0; from + run <= length; from++) {
        if (!windows.some((window) => window[0]! <= from && from + run - 1 <= window.at(-1)!)) return run === 0;
      }
      return true;
    }),
  );
});

it('is bounded', () => {
  expect(splitWindows([], 10)).toEqual([[]]);
  const step = 8;
  const most = 10 + step * (WINDOWS_MOST - 1);
  expect(
    splitWindows(
      Array.from({ length: most }, () => 1),
      10,
    ),
  ).toHaveLength(WINDOWS_MOST);
  expect(
    splitWindows(
      Array.from({ length: most + 1 }, () => 1),
      10,
    ),
  ).toBeUndefined();
});

it('tells what a tokenizer puts around a text', () => {
  expect(specialsOf([7, 8], [2, 7, 8, 3])).toEqual({ before: [2], behind: [3] });
  expect(specialsOf([7, 8], [1, 7, 8])).toEqual({ before: [1], behind: [] });
  expect(specialsOf([7, 8], [2, 7, 9, 3])).toBeUndefined();
});

it('reads logits as shares', () => {
  expect(attackShare([0, 0], [1])).toBeCloseTo(0.5);
  expect(attackShare([1, 3, 3], [1, 2])).toBeCloseTo(1 - attackShare([1, 3, 3], [0]));
  expect(attackShare([-1000, 1000], [1])).toBe(1);
  expect(attackShare([0], [0])).toBe(0.5);
});
