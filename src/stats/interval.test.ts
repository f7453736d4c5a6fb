import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fewestTrials, wilson } from './interval.ts';

it('gives the intervals that others give', () => {
  // Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
  const known = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const;
  for (const [hits, trials, low, high] of known) {
    const found = wilson(hits, trials);
    expect(found.low, `${hits} of ${trials}`).toBeCloseTo(low, 4);
    expect(found.high, `${hits} of ${trials}`).toBeCloseTo(high, 4);
  }
});

it('holds the share between its ends, within 0 and 1', () => {
  const counts = fc
    .integer({ min: 1, max: 1_000_000 })
    .chain((trials) => fc.tuple(fc.nat({ max: trials }), fc.constant(trials)));
  fc.assert(
    fc.property(counts, ([hits, trials]) => {
      const { low, high } = wilson(hits, trials);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(hits / trials);
      expect(high).toBeGreaterThanOrEqual(hits / trials);
      expect(high).toBeLessThanOrEqual(1);
    }),
  );
});

it('tells how many trials a share takes, and not one more', () => {
  expect([0.05, 0.01, 0.005, 0.001].map((share) => fewestTrials(share))).toEqual([73, 381, 765, 3838]);
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 0.99, noNaN: true }), (share) => {
      const trials = fewestTrials(share);
      expect(wilson(0, trials).high).toBeLessThanOrEqual(share);
      if (trials > 1) expect(wilson(0, trials - 1).high).toBeGreaterThan(share);
    }),
  );
});
