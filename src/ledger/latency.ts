// Latencies counted in logarithmic buckets: a quantile of any number of them, within a known error, from few numbers.

/** Each bucket ends at so many times the end of the one before: quantiles are told within 10%. */
const GROWTH = 1.1;

/** The bucket of a duration in milliseconds; the first holds all up to 1 ms. */
export function latencyBucket(ms: number): number {
  if (!(ms > 1)) return 0;
  const bucket = Math.ceil(Math.log(ms) / Math.log(GROWTH));
  // The logarithm may fall a hair below a whole number.
  return GROWTH ** bucket >= ms ? bucket : bucket + 1;
}

/**
 * An upper bound of a quantile, at most 10% above it (or 1 ms where it is less), in milliseconds; null of nothing.
 * The quantile is the nearest-rank one: the least value that at least `q` of all do not exceed.
 */
export function latencyQuantile(buckets: ReadonlyMap<number, number>, q: number): number | null {
  let total = 0;
  for (const count of buckets.values()) total += count;
  if (total === 0) return null;
  let rank = Math.max(1, Math.ceil(q * total));
  for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
    rank -= buckets.get(bucket)!;
    if (rank <= 0) return Math.ceil(GROWTH ** bucket * 1000) / 1000;
  }
  return null;
}
