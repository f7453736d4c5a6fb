// Intervals for shares that were counted.

/** Standard normal quantile for two-sided 95%. */
const Z95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The Wilson score interval of a share (Wilson 1927): right also for few trials and for shares near 0 and 1.
 * @param hits - of `trials`, which must be more than none
 * @param z - the standard normal quantile, two-sided; default 95%
 */
export function wilson(hits: number, trials: number, z: number = Z95): Interval {
  const share = hits / trials;
  const zz = z * z;
  const centre = share + zz / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials * trials));
  const whole = 1 + zz / trials;
  // Rounding must not make a claim of nothing at all, or of less than all.
  return {
    low: hits === 0 ? 0 : Math.max(0, (centre - spread) / whole),
    high: hits === trials ? 1 : Math.min(1, (centre + spread) / whole),
  };
}

/** The fewest trials of which, without a single hit, the interval stays within the share (above 0, below 1). */
export function fewestTrials(share: number, z: number = Z95): number {
  // From the upper end of 0 hits, zz / (trials + zz); rounding may put it one off.
  let trials = Math.max(1, Math.ceil((z * z * (1 - share)) / share) - 1);
  while (wilson(0, trials, z).high > share) trials++;
  return trials;
}
