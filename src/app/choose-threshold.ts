// Which threshold keeps to a budget of false positives: the least of a fixed scale, so that the most is found.

const steps = (from: number, to: number, by: number): number[] =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => Number((from + i * by).toFixed(4)));

/**
 * Thresholds that are tried, ascending. Below the first a score says next to nothing; towards 1, where log odds grow fast,
 * the steps are finer.
 */
export const SCALE: readonly number[] = [...steps(0.05, 0.98, 0.01), 0.99, 0.995, 0.998, 0.999];

/** How many thresholds of the scale, from the first on, a text fires at: 0 for none. */
export type Height = number;

/** At every threshold there is, and so by something that no threshold changes. */
export const ALWAYS: Height = Infinity;

/** The height of a text by halving: what fires at a threshold fires at every lower one. */
export function findHeight(firesAt: (index: number) => boolean): Height {
  // Most texts are harmless, and one question is enough for them.
  if (!firesAt(0)) return 0;
  let [low, high] = [1, SCALE.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firesAt(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the texts fire at a threshold of the scale. */
export function countFiring(heights: readonly Height[], index: number): number {
  return heights.reduce((count, height) => (height > index ? count + 1 : count), 0);
}

/**
 * The place in the scale of the least threshold at which no more than `budget` of the harmless texts fire; undefined where
 * more do at every one.
 */
export function chooseThreshold(heights: readonly Height[], budget: number): number | undefined {
  const found = SCALE.findIndex((_, index) => countFiring(heights, index) / heights.length <= budget);
  return found === -1 ? undefined : found;
}
