// Attacks never certify themselves: every example is shown to the model as it is once more, and held against the bound and all
// that limits it. What does not hold counts as a failed attack, and why is said.
import type { RejectionReason } from '../contract/index.ts';
import type { Norm, Space } from './attack.ts';
import { allowance, distance } from './distance.ts';
import { type Batch, type Target, sizeOf } from './target.ts';

/** A space that can tell by itself, apart from its repair, what could not exist. */
export interface JudgedSpace extends Space {
  /** @returns what is wrong with a sample, undefined for one that could exist */
  readonly violation?: (sample: Float32Array, original: Float32Array) => string | undefined;
}

export interface Verdict {
  /** What the model says of the example. */
  readonly predicted: number;
  /** By the norm, whatever became of it. */
  readonly distance: number;
  /** Another class than the true one, by an example that counts. */
  readonly fooled: boolean;
  readonly rejected?: RejectionReason;
}

export interface Bound {
  readonly norm: Norm;
  readonly eps: number;
  readonly space: JudgedSpace;
}

/** The class of each row of scores; of equal ones the first. One that is not a number is never the greatest. */
export function toClasses(scores: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, row) => {
    let best = 0;
    for (let i = 1; i < classes; i++) {
      const value = scores[row * classes + i]!;
      const greatest = scores[row * classes + best]!;
      if (value > greatest || (Number.isNaN(greatest) && !Number.isNaN(value))) best = i;
    }
    return best;
  });
}

/** Why a sample is none that the attack was allowed to return; undefined where it is one. */
export function checkExample(
  example: Float32Array,
  original: Float32Array,
  { norm, eps, space }: Bound,
): RejectionReason | undefined {
  const { low, high, mutable } = space;
  for (let i = 0; i < example.length; i++) {
    const value = example[i]!;
    if (!Number.isFinite(value)) return 'not-finite';
    if (value === original[i]) continue;
    const least = typeof low === 'number' ? Math.fround(low) : low[i]!;
    const greatest = typeof high === 'number' ? Math.fround(high) : high[i]!;
    if (value < least || value > greatest) return 'outside-bounds';
    if (mutable !== undefined && mutable[i] !== 1) return 'not-mutable';
  }
  if (!(distance(norm, example, original) <= allowance(norm, eps, original))) return 'outside-eps';
  if (space.violation !== undefined) return space.violation(example, original) === undefined ? undefined : 'impossible';
  if (space.repair === undefined) return undefined;
  const repaired = example.slice();
  space.repair(repaired, original);
  return distance('linf', repaired, example) <= allowance('linf', 0, example) ? undefined : 'impossible';
}

/**
 * Judges what an attack returned.
 * @param target - the model itself; the judge's questions are counted by whoever wraps it
 * @param originals - the samples as they were, count x size
 * @param labels - the true class of each
 */
export async function judge(
  target: Pick<Target, 'scores' | 'classes' | 'shape'>,
  originals: Batch,
  examples: Float32Array,
  labels: Int32Array,
  bound: Bound,
): Promise<Verdict[]> {
  const size = sizeOf(target);
  // What is no number is not put to the model.
  const asked = examples.map((value, i) => (Number.isFinite(value) ? value : originals.data[i]!));
  const predicted = toClasses(await target.scores({ data: asked, count: originals.count }), target.classes);
  return Array.from({ length: originals.count }, (_, i): Verdict => {
    const example = examples.subarray(i * size, (i + 1) * size);
    const original = originals.data.subarray(i * size, (i + 1) * size);
    const reason = checkExample(example, original, bound);
    const seen = { predicted: predicted[i]!, distance: distance(bound.norm, example, original) };
    const differs = predicted[i] !== labels[i];
    // A sample that was left as it is was not rejected; it just did not fool.
    if (reason === undefined) return { ...seen, fooled: differs };
    return { ...seen, fooled: false, rejected: reason };
  });
}
