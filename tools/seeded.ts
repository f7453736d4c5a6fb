// Chance that is the same each time, for figures that are to be had again.

/** Uniform in (0, 1), by Park and Miller 1988. @param seed - a whole number from 1 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
