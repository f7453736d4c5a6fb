// The nearest example of each sample: what attacks look for that ask how little it takes rather than what a bound allows.
import type { AttackContext } from '../attack.ts';
import { Ball } from './ball.ts';
import { classOf, type Standing } from './standing.ts';

export class Nearest {
  /** By sample, of the nearest found; Infinity while there is none. */
  readonly distances: Float64Array;
  /** By sample; of no meaning while there is none. */
  readonly rows: Float32Array;
  readonly #context: AttackContext;
  readonly #bound: Ball;
  readonly #standing: Standing;

  /** @param standing - whose ball is without bound */
  constructor(context: AttackContext, standing: Standing) {
    this.#context = context;
    this.#standing = standing;
    this.#bound = new Ball(context.norm, context.eps, context.space, context.batch.data, standing.size);
    this.distances = new Float64Array(context.batch.count).fill(Infinity);
    this.rows = Float32Array.from(context.batch.data);
  }

  /** Whether the sample is fooled within the context's bound; never where that is infinite, and nearer is always better. */
  within(sample: number): boolean {
    return this.#context.eps < Infinity && this.distances[sample]! <= this.#context.eps;
  }

  /**
   * Takes a row that fooled the model, if none nearer is known. The best is the row itself where it lies in the context's bound, and
   * else what is left of it there.
   * @returns whether it was taken
   */
  offer(sample: number, rows: Float32Array, at: number): boolean {
    const { size, ball } = this.#standing;
    const distance = ball.distance(rows, at, sample);
    if (!(distance < this.distances[sample]!)) return false;
    this.distances[sample] = distance;
    const from = sample * size;
    this.rows.set(rows.subarray(at, at + size), from);
    const { best } = this.#context;
    best.set(rows.subarray(at, at + size), from);
    if (distance > this.#context.eps) {
      this.#bound.project(best, from, sample);
      this.#standing.admit(best, from, sample, this.#bound);
    }
    return true;
  }

  /**
   * Halves the way between each example and its original, `rounds` times, for what is nearer and still fools. One query a round for each
   * sample that has an example.
   */
  async shorten(rounds: number): Promise<void> {
    const standing = this.#standing;
    const { size, ball } = standing;
    const { context } = standing;
    const count = context.batch.count;
    const left = new Uint8Array(count);
    for (let i = 0; i < count; i++) left[i] = this.distances[i]! < Infinity && this.distances[i]! > 0 ? 0 : 1;
    standing.reopen(left);
    if (standing.count === 0) return;
    const far = Float32Array.from(this.rows);
    const low = new Float64Array(count);
    const high = new Float64Array(count).fill(1);
    const x = new Float32Array(far.length);
    for (let round = 0; round < rounds; round++) {
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        const share = (low[sample]! + high[sample]!) / 2;
        for (let j = sample * size; j < (sample + 1) * size; j++) {
          x[j] = ball.original[j]! + share * (far[j]! - ball.original[j]!);
        }
        ball.project(x, sample * size, sample);
      }
      const scores = await standing.scores(x);
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        const share = (low[sample]! + high[sample]!) / 2;
        if (classOf(scores, k, standing.classes) !== context.labels[sample]) {
          high[sample] = share;
          this.offer(sample, standing.rows, k * size);
        } else low[sample] = share;
      }
    }
  }
}
