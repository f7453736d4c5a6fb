// Where a sample may go: the norm ball around the original, within the box and the mask. One place, so that no attack leaves it.
import type { Norm, Space } from '../attack.ts';
import { distance } from './distance.ts';

/** The next single-precision number from `value` towards `goal`. */
const cell = new Float32Array(1);
const bits = new Int32Array(cell.buffer);
function nudge(value: number, goal: number): number {
  if (value === goal) return value;
  cell[0] = value;
  if (cell[0] === 0) return goal > 0 ? 1.401298464324817e-45 : -1.401298464324817e-45;
  bits[0]! += cell[0]! > 0 === goal > value ? 1 : -1;
  return cell[0]!;
}

const boundAt = (bound: number | Float32Array, j: number): number => (typeof bound === 'number' ? bound : bound[j]!);

export class Ball {
  readonly norm: Norm;
  /** Infinity: the box and the mask alone. */
  readonly eps: number;
  readonly size: number;
  readonly original: Float32Array;
  /** Least and greatest value of each number of each sample: box and mask, for `linf` the ball too. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly #moves: Float64Array;
  readonly #rooms: Float64Array;

  /** An original outside the box widens the box to where it is: what was given may stay. */
  constructor(norm: Norm, eps: number, space: Space, original: Float32Array, size: number) {
    this.norm = norm;
    this.eps = eps;
    this.size = size;
    this.original = original;
    this.#moves = new Float64Array(size);
    this.#rooms = new Float64Array(size);
    this.low = new Float32Array(original.length);
    this.high = new Float32Array(original.length);
    const reach = norm === 'linf' ? eps : Infinity;
    for (let i = 0, j = 0; i < original.length; i++, j = j + 1 === size ? 0 : j + 1) {
      const value = original[i]!;
      if (space.mutable !== undefined && space.mutable[j] === 0) {
        this.low[i] = this.high[i] = value;
        continue;
      }
      this.low[i] = Math.min(value, Math.max(boundAt(space.low, j), value - reach));
      this.high[i] = Math.max(value, Math.min(boundAt(space.high, j), value + reach));
      // Rounded to single precision, a bound may lie beyond the ball by a hair.
      if (value - this.low[i]! > reach) this.low[i] = nudge(this.low[i]!, value);
      if (this.high[i]! - value > reach) this.high[i] = nudge(this.high[i]!, value);
    }
  }

  /** Takes the row at offset `at` of `x`, of the given sample, to the nearest (Euclidean) point of ball, box and mask; in place. */
  project(x: Float32Array, at: number, sample: number): void {
    if (this.norm === 'linf' || this.eps === Infinity) this.#clamp(x, at, sample);
    else if (this.norm === 'l2') this.#ontoL2(x, at, sample);
    else this.#ontoL1(x, at, sample);
  }

  /** How far the row lies from its original. */
  distance(x: Float32Array, at: number, sample: number): number {
    return distance(this.norm, x, at, this.original, sample * this.size, this.size);
  }

  /** Whether the row lies within; the box is not looked at. */
  holds(x: Float32Array, at: number, sample: number): boolean {
    return this.distance(x, at, sample) <= this.eps;
  }

  #clamp(x: Float32Array, at: number, sample: number): void {
    const { low, high, size } = this;
    for (let j = 0, from = sample * size; j < size; j++, from++) {
      const value = x[at + j]!;
      // What is no number goes to a bound too.
      x[at + j] = value > high[from]! ? high[from]! : value >= low[from]! ? value : low[from]!;
    }
  }

  /** Writes how far each number was moved, and how far it may be in that direction. @returns the greatest move */
  #measure(x: Float32Array, at: number, sample: number): number {
    const { low, high, size, original } = this;
    const [moves, rooms] = [this.#moves, this.#rooms];
    let most = 0;
    for (let j = 0, from = sample * size; j < size; j++, from++) {
      const base = original[from]!;
      const move = x[at + j]! - base;
      moves[j] = move;
      rooms[j] = move > 0 ? high[from]! - base : base - low[from]!;
      most = Math.max(most, Math.abs(move));
    }
    if (most < Infinity) return most;
    // What is no number, or one without end, moves as far as it may, and where there is no bound not at all.
    this.#clamp(x, at, sample);
    most = 0;
    for (let j = 0; j < size; j++) {
      const move = x[at + j]! - original[sample * size + j]!;
      moves[j] = Math.abs(move) < Infinity ? move : 0;
      most = Math.max(most, Math.abs(moves[j]!));
    }
    return most;
  }

  /** Beyond the ball the nearest point is clamp(x0 + s d) for some s < 1; its squared length is concave in s^2, so Newton from the left ends. */
  #ontoL2(x: Float32Array, at: number, sample: number): void {
    this.#measure(x, at, sample);
    const { size } = this;
    const [moves, rooms] = [this.#moves, this.#rooms];
    const limit = this.eps * this.eps;
    let clamped = 0;
    let free = 0;
    for (let j = 0; j < size; j++) {
      const length = Math.abs(moves[j]!);
      const cut = Math.min(length, rooms[j]!);
      clamped += cut * cut;
      free += length * length;
    }
    let s = 1;
    if (clamped > limit) {
      let u = limit / free;
      for (let round = 0; round < 60; round++) {
        s = Math.sqrt(u);
        let moving = 0;
        let stuck = 0;
        for (let j = 0; j < size; j++) {
          const length = Math.abs(moves[j]!);
          const room = rooms[j]!;
          const open = Number(s * length < room);
          moving += open * length * length;
          // Where there is no bound there is nothing to be stuck at.
          if (open === 0) stuck += room * room;
        }
        const next = moving > 0 ? (limit - stuck) / moving : u;
        if (!(next > u * (1 + 1e-9))) break;
        u = next;
      }
      s = Math.min(1, Math.sqrt(u));
    }
    for (let j = 0; j < size; j++)
      moves[j] = moves[j]! > 0 ? Math.min(s * moves[j]!, rooms[j]!) : Math.max(s * moves[j]!, -rooms[j]!);
    this.#settle(x, at, sample);
  }

  /** Beyond the ball the nearest point is the soft threshold of the move, cut at the box. */
  #ontoL1(x: Float32Array, at: number, sample: number): void {
    // Thresholds below this leave too much, and above that too little.
    let above = this.#measure(x, at, sample);
    let below = 0;
    const { size, eps } = this;
    const [moves, rooms] = [this.#moves, this.#rooms];
    let threshold = 0;
    for (let round = 0; round < 80; round++) {
      let sum = 0;
      let moving = 0;
      for (let j = 0; j < size; j++) {
        const left = Math.max(0, Math.abs(moves[j]!) - threshold);
        const room = rooms[j]!;
        moving += Number(left > 0 && left < room);
        sum += Math.min(left, room);
      }
      if (sum > eps) below = threshold;
      else above = threshold;
      if ((sum <= eps && (threshold === 0 || sum >= eps * (1 - 1e-9))) || above - below <= 1e-12 * above) break;
      const newton = moving > 0 ? threshold + (sum - eps) / moving : NaN;
      threshold = newton > below && newton < above ? newton : (below + above) / 2;
    }
    for (let j = 0; j < size; j++) {
      const left = Math.min(Math.max(0, Math.abs(moves[j]!) - above), rooms[j]!);
      moves[j] = moves[j]! > 0 ? left : -left;
    }
    this.#settle(x, at, sample);
  }

  /** Writes the moves, and a little shorter ones where rounding takes the row past the ball. */
  #settle(x: Float32Array, at: number, sample: number): void {
    const { low, high, size, original, norm, eps } = this;
    const moves = this.#moves;
    const from = sample * size;
    const bound = norm === 'l2' ? eps * eps : eps;
    for (let slack = 0; slack < 1; slack = slack === 0 ? 5e-8 : slack * 4) {
      let length = 0;
      for (let j = 0; j < size; j++) {
        const base = original[from + j]!;
        // The sum may pass a bound by the last digit of a double.
        x[at + j] = Math.min(Math.max(base + (1 - slack) * moves[j]!, low[from + j]!), high[from + j]!);
        const gap = Math.abs(x[at + j]! - base);
        length += norm === 'l2' ? gap * gap : gap;
      }
      // The square may round down to the bound's: the root is what counts.
      if (length <= bound && this.holds(x, at, sample)) return;
    }
    x.set(original.subarray(from, from + size), at);
  }
}
