import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clopperPearsonLower, fairCoinChance, normalQuantile } from './clopper-pearson.ts';

/** The chance of `hits` or more, summed term by term. */
function tail(hits: number, trials: number, share: number): number {
  let sum = 0;
  let logChoose = 0;
  for (let k = 0; k <= trials; k++) {
    if (k > 0) logChoose += Math.log((trials - k + 1) / k);
    if (k >= hits) sum += Math.exp(logChoose + k * Math.log(share) + (trials - k) * Math.log1p(-share));
  }
  return sum;
}

it('is the share at which so many hits have just the chance asked for', () => {
  const counts = fc
    .integer({ min: 1, max: 400 })
    .chain((trials) => fc.tuple(fc.integer({ min: 1, max: trials }), fc.constant(trials)));
  fc.assert(
    fc.property(counts, fc.constantFrom(0.001, 0.01, 0.05, 0.3), ([hits, trials], alpha) => {
      const low = clopperPearsonLower(hits, trials, alpha);
      expect(low).toBeLessThan(hits / trials);
      expect(tail(hits, trials, low)).toBeCloseTo(alpha, 6);
    }),
  );
  expect(clopperPearsonLower(0, 10, 0.05)).toBe(0);
});

it('gives the bounds that others give', () => {
  // 990 of 1,000 and 100,000 of 100,000 at 0.001, as Cohen et al. (2019) certify; R's binom.test for 81 of 263 at 0.025.
  expect(clopperPearsonLower(100_000, 100_000, 0.001)).toBeCloseTo(0.99993092, 7);
  expect(clopperPearsonLower(81, 263, 0.025)).toBeCloseTo(0.2527, 3);
});

it('inverts the normal distribution', () => {
  const known = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
  ] as const;
  for (const [p, z] of known) expect(normalQuantile(p)).toBeCloseTo(z, 7);
  expect(normalQuantile(0)).toBe(-Infinity);
  expect(normalQuantile(1)).toBe(Infinity);
});

it('tells how likely a coin is to fall so unevenly', () => {
  expect(fairCoinChance(5, 10)).toBe(1);
  expect(fairCoinChance(10, 10)).toBeCloseTo(2 / 1024, 10);
  expect(fairCoinChance(2, 10)).toBeCloseTo(2 * tail(8, 10, 0.5), 10);
});
