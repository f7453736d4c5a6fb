// What is far from a key's own past, and what is not: hours of its own, few or many, even or not.
import { expect, it } from 'vitest';
import { HOUR_MS, createPullRate, unusualFrom } from './pull-rate.ts';

const MB = 1e6;

it('knows nothing of the first hours', () => {
  expect(unusualFrom(Array<number>(11).fill(MB))).toBeUndefined();
  expect(unusualFrom(Array<number>(12).fill(MB))).toEqual({ bytes: 100 * MB, usual: MB });
});

it.each([
  ['even hours', Array<number>(20).fill(1000 * MB), 3000 * MB],
  ['a few large ones among them', [...Array<number>(20).fill(1000 * MB), 90_000 * MB, 80_000 * MB], 3000 * MB],
  ['hours that differ', Array.from({ length: 21 }, (_, i) => (i + 10) * 100 * MB), 6447.8 * MB],
])('draws the line by %s', (_, past, bytes) => {
  expect(unusualFrom(past)!.bytes / MB).toBeCloseTo(bytes / MB, 0);
});

it('says it once an hour, of that key alone, and gets used to it in time', () => {
  const rate = createPullRate();
  let hour = 0;
  for (; hour < 24; hour++) {
    for (const key of ['a', 'b']) expect(rate.note(key, 200 * MB, hour * HOUR_MS)).toBeUndefined();
  }
  expect(rate.note('a', 500 * MB, hour * HOUR_MS)).toBeUndefined();
  expect(rate.note('a', 500 * MB, hour * HOUR_MS + 1)).toEqual({
    rule: 'pull.unusual-rate',
    severity: 'medium',
    message: '1000 MB within an hour, and 200 MB are what the key usually pulls in one',
  });
  expect(rate.note('a', 500 * MB, hour * HOUR_MS + 2)).toBeUndefined();
  expect(rate.note('b', 200 * MB, hour * HOUR_MS + 3)).toBeUndefined();
  for (hour++; hour < 60; hour++) rate.note('a', 1000 * MB, hour * HOUR_MS);
  expect(rate.note('a', 1000 * MB, hour * HOUR_MS)).toBeUndefined();
});
