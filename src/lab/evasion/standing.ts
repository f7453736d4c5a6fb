// The samples that have not been fooled yet: asked together in one packed batch, and gone from it once they are.
import type { AttackContext } from '../attack.ts';
import type { Batch, LossAnswer, LossName } from '../target.ts';
import { Ball } from './ball.ts';

/** The class of row `k`: the first of the greatest scores. */
export function classOf(scores: Float32Array, k: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[k * classes + c]! > scores[k * classes + best]!) best = c;
  return best;
}

/** How far the label's score lies above the greatest other: 0 or less where it does not win. */
export function leadOf(scores: Float32Array, k: number, classes: number, label: number): number {
  let other = -Infinity;
  for (let c = 0; c < classes; c++)
    if (c !== label && scores[k * classes + c]! > other) other = scores[k * classes + c]!;
  return scores[k * classes + label]! - other;
}

export class Standing {
  readonly context: AttackContext;
  readonly ball: Ball;
  readonly size: number;
  readonly classes: number;
  /** Which samples stand, the first `count` of them: position in the asked batch -> sample. */
  readonly ids: Int32Array;
  /** Rows as they were asked last, packed. */
  readonly rows: Float32Array;
  count: number;
  readonly #labels: Int32Array;
  readonly #targets: Int32Array;
  readonly #gone: Uint8Array;
  readonly #trial: Float32Array;

  /** @param eps - of the ball that rows are kept in, where it is not the context's: Infinity for a search of the nearest */
  constructor(context: AttackContext, eps: number = context.eps) {
    const { batch, labels, norm, space, target } = context;
    this.context = context;
    this.size = batch.count === 0 ? 0 : batch.data.length / batch.count;
    this.classes = target.classes;
    this.ball = new Ball(norm, eps, space, batch.data, this.size);
    this.ids = Int32Array.from({ length: batch.count }, (_, i) => i);
    this.rows = new Float32Array(batch.data.length);
    this.count = batch.count;
    this.#labels = new Int32Array(labels.length);
    this.#targets = new Int32Array(labels.length);
    this.#gone = new Uint8Array(batch.count);
    this.#trial = new Float32Array(this.size);
  }

  /** All samples stand again, less those that `left` (by sample) names. */
  reopen(left: Uint8Array): void {
    this.count = 0;
    for (let i = 0; i < left.length; i++) if (left[i] === 0) this.ids[this.count++] = i;
    this.#gone.fill(0);
  }

  /** Asks the scores of those that stand, as `x` (by sample) has them. @returns by position */
  async scores(x: Float32Array): Promise<Float32Array> {
    return await this.context.target.scores(this.#pack(x));
  }

  /** Asks loss, scores and gradient. @param targets - by sample; @returns by position */
  async loss(name: LossName, x: Float32Array, targets?: Int32Array): Promise<LossAnswer> {
    const batch = this.#pack(x);
    const labels = this.#labels.subarray(0, this.count);
    if (targets === undefined) return await this.#gradients().ofLoss(name, batch, labels);
    for (let k = 0; k < this.count; k++) this.#targets[k] = targets[this.ids[k]!]!;
    return await this.#gradients().ofLoss(name, batch, labels, this.#targets.subarray(0, this.count));
  }

  /** Asks the gradient of the weighted sum of scores. @param weights - by position; see `Gradients.ofScores` */
  async weighted(
    x: Float32Array,
    weights: Float32Array,
  ): Promise<{ readonly scores: Float32Array; readonly gradient: Float32Array }> {
    const batch = this.#pack(x);
    return await this.#gradients().ofScores(batch, weights.subarray(0, this.count * this.classes));
  }

  /** The label of the sample at a position. */
  label(k: number): number {
    return this.context.labels[this.ids[k]!]!;
  }

  /** Whether the row at a position is not taken for its label. */
  fooled(scores: Float32Array, k: number): boolean {
    return classOf(scores, k, this.classes) !== this.label(k);
  }

  /** Writes the row asked last at a position as the best of its sample. */
  keep(k: number): void {
    this.context.best.set(this.rows.subarray(k * this.size, (k + 1) * this.size), this.ids[k]! * this.size);
  }

  /** Takes the sample at a position out, from the next `settle` on. */
  leave(k: number): void {
    this.#gone[k] = 1;
  }

  /** Keeps and takes out every sample that was fooled by the rows asked last. @returns how many */
  collect(scores: Float32Array): number {
    const before = this.count;
    for (let k = 0; k < this.count; k++) {
      if (!this.fooled(scores, k)) continue;
      this.keep(k);
      this.leave(k);
    }
    this.settle();
    return before - this.count;
  }

  /** Closes the ranks: positions change. */
  settle(): void {
    let kept = 0;
    for (let k = 0; k < this.count; k++) if (this.#gone[k] === 0) this.ids[kept++] = this.ids[k]!;
    this.#gone.fill(0, 0, this.count);
    this.count = kept;
  }

  /** @param share - done, 0 to 1 */
  progress(share: number): void {
    this.context.onProgress?.(Math.min(1, share));
  }

  #gradients(): NonNullable<AttackContext['target']['gradients']> {
    const { gradients } = this.context.target;
    if (gradients === undefined) throw new TypeError(`${this.context.target.name} gives no gradients`);
    return gradients;
  }

  #pack(x: Float32Array): Batch {
    this.context.signal.throwIfAborted();
    const { ids, rows, size, count } = this;
    for (let k = 0; k < count; k++) {
      const at = ids[k]! * size;
      rows.set(x.subarray(at, at + size), k * size);
      this.#labels[k] = this.context.labels[ids[k]!]!;
      if (this.context.space.repair !== undefined) this.admit(rows, k * size, ids[k]!);
    }
    return { data: rows.subarray(0, count * size), count, rows: ids.slice(0, count) };
  }

  /**
   * Takes a row to one that could exist and lies in the ball: where what could exist lies beyond it, numbers that went too far go
   * back, then the whole move is shortened; at last the original. Nothing where the space has no repair.
   */
  admit(rows: Float32Array, at: number, sample: number, ball: Ball = this.ball): void {
    const { repair } = this.context.space;
    if (repair === undefined) return;
    const { size } = this;
    const original = ball.original.subarray(sample * size, (sample + 1) * size);
    const row = rows.subarray(at, at + size);
    const trial = this.#trial;
    for (const share of [1, 0.75, 0.5, 0.25]) {
      for (let j = 0; j < size; j++) trial[j] = original[j]! + share * (row[j]! - original[j]!);
      repair(trial, original);
      if (this.#allowed(ball, trial, sample)) return row.set(trial);
      for (let j = 0; j < size; j++) {
        const from = sample * size + j;
        if (!(trial[j]! >= ball.low[from]! && trial[j]! <= ball.high[from]!)) trial[j] = original[j]!;
      }
      repair(trial, original);
      if (this.#allowed(ball, trial, sample)) return row.set(trial);
    }
    row.set(original);
  }

  #allowed(ball: Ball, trial: Float32Array, sample: number): boolean {
    const { size } = this;
    for (let j = 0, from = sample * size; j < size; j++, from++) {
      if (!(trial[j]! >= ball.low[from]! && trial[j]! <= ball.high[from]!)) return false;
    }
    return ball.holds(trial, 0, sample);
  }
}
