// Whether rows fool the model, asked in pieces of bounded size, with each sample's queries counted: for attacks that know labels alone.
import type { AttackContext } from '../attack.ts';
import { classOf, type Standing } from './standing.ts';

/** Rows asked at once, at most. */
const PIECE = 256;

/** Rows of several samples, of which one may have many. */
export class Asking {
  /** By sample: asked so far. */
  readonly spent: Int32Array;
  readonly #context: AttackContext;
  readonly #standing: Standing;
  readonly #rows: Float32Array;
  readonly #owners = new Int32Array(PIECE);
  #count = 0;
  #answer: (sample: number, rows: Float32Array, at: number, fooled: boolean) => void = () => {};

  constructor(context: AttackContext, standing: Standing) {
    this.#context = context;
    this.#standing = standing;
    this.spent = new Int32Array(context.batch.count);
    this.#rows = new Float32Array(PIECE * standing.size);
  }

  /** Queries that the sample still has. */
  left(sample: number): number {
    return Math.max(0, this.#context.steps - this.spent[sample]!);
  }

  /**
   * Asks all rows that `write` writes.
   * @param wants - rows of each sample, by sample; no more than it has left is asked
   * @param write - fills the row at an offset
   * @param answer - given the row as asked
   */
  async all(
    samples: readonly number[],
    wants: (sample: number) => number,
    write: (sample: number, rows: Float32Array, at: number) => void,
    answer: (sample: number, rows: Float32Array, at: number, fooled: boolean) => void,
  ): Promise<void> {
    this.#answer = answer;
    this.#count = 0;
    for (const sample of samples) {
      const rows = Math.min(wants(sample), this.left(sample));
      this.spent[sample]! += rows;
      for (let r = 0; r < rows; r++) {
        const at = this.#count * this.#standing.size;
        write(sample, this.#rows, at);
        this.#standing.ball.project(this.#rows, at, sample);
        this.#standing.admit(this.#rows, at, sample);
        this.#owners[this.#count++] = sample;
        if (this.#count === PIECE) await this.#flush();
      }
    }
    if (this.#count > 0) await this.#flush();
  }

  async #flush(): Promise<void> {
    const { target, labels, signal } = this.#context;
    const { size } = this.#standing;
    signal.throwIfAborted();
    const count = this.#count;
    const scores = await target.scores({
      data: this.#rows.subarray(0, count * size),
      count,
      rows: this.#owners.slice(0, count),
    });
    for (let r = 0; r < count; r++) {
      const sample = this.#owners[r]!;
      this.#answer(sample, this.#rows, r * size, classOf(scores, r, target.classes) !== labels[sample]);
    }
    this.#count = 0;
  }
}
