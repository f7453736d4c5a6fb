// Of the boundaries to other classes, as they look from where each sample is, the nearest: where a step of DeepFool or FAB goes.
import type { Standing } from './standing.ts';

export interface Looking {
  readonly standing: Standing;
  /** Where the samples are, count x size. */
  readonly x: Float32Array;
  /** By sample, the other classes, classes - 1 each. */
  readonly ranks: Int32Array;
  /** Of the ranks, those that are looked at. */
  readonly from: number;
  readonly to: number;
  /** How far the boundary is with the normal `gradient` from offset `at`, when the label is ahead by `rise`. */
  readonly distance: (sample: number, gradient: Float32Array, at: number, rise: number) => number;
}

export class NearestBoundary {
  /** Of each sample's boundary, count x size. */
  readonly normals: Float32Array;
  /** By how much the label is ahead of the other class. */
  readonly rises: Float64Array;
  readonly #distances: Float64Array;
  readonly #weights: Float32Array;

  constructor(count: number, { size, classes }: Pick<Standing, 'size' | 'classes'>) {
    this.normals = new Float32Array(count * size);
    this.rises = new Float64Array(count);
    this.#distances = new Float64Array(count);
    this.#weights = new Float32Array(count * classes);
  }

  /** Asks one gradient of each standing sample for each rank. @throws BudgetSpent, and what the target throws */
  async find({ standing, x, ranks, from, to, distance }: Looking): Promise<void> {
    const { size, classes } = standing;
    const other = (sample: number, rank: number): number => ranks[sample * (classes - 1) + rank]!;
    this.#distances.fill(Infinity);
    for (let rank = from; rank < to; rank++) {
      this.#weights.fill(0);
      for (let k = 0; k < standing.count; k++) {
        this.#weights[k * classes + other(standing.ids[k]!, rank)] = 1;
        this.#weights[k * classes + standing.label(k)] = -1;
      }
      const { scores, gradient } = await standing.weighted(x, this.#weights);
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        const rise = scores[k * classes + standing.label(k)]! - scores[k * classes + other(sample, rank)]!;
        const length = distance(sample, gradient, k * size, rise);
        if (length >= this.#distances[sample]!) continue;
        this.#distances[sample] = length;
        this.rises[sample] = rise;
        this.normals.set(gradient.subarray(k * size, (k + 1) * size), sample * size);
      }
    }
  }
}
