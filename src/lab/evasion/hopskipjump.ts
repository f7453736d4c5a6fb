// HopSkipJump: from far off to the boundary, then along it by the labels of random probes. Labels alone are needed.
import type { Attack, AttackContext } from '../attack.ts';
import { Asking } from './asking.ts';
import { Nearest } from './nearest.ts';
import { Standing } from './standing.ts';
import { type Stream, streamsOf } from './stream.ts';

/** Probes of the first estimate of a direction, and of any. */
const FIRST_PROBES = 100;
const MOST_PROBES = 10_000;
/** Random points tried for one that fools. */
const TRIES = 100;
/** Halvings of a step that does not fool. */
const SHORTER = 15;
/** The paper's tolerance of the search for the boundary falls with the size of samples; for small ones it would be coarse. */
const MOST_TOLERANCE = 1e-3;

/** For each sample: where it is (on the fooling side of the boundary), and how far off. */
interface State {
  readonly context: AttackContext;
  readonly standing: Standing;
  readonly asking: Asking;
  readonly nearest: Nearest;
  readonly streams: readonly Stream[];
  readonly x: Float32Array;
  readonly next: Float32Array;
  readonly direction: Float32Array;
  /** Widest of the finite bounds of each sample: what 1 is to an image. */
  readonly span: Float64Array;
}

/** `steps` are the queries that each sample may cost. A sample that is fooled within the bound is done. */
export const hopSkipJump: Attack = {
  name: 'hopskipjump',
  source: 'Chen, Jordan and Wainwright 2020, HopSkipJumpAttack: a Query-Efficient Decision-Based Attack',
  needs: 'labels',
  norms: ['l2', 'linf'],
  defaultSteps: 5000,
  async run(context) {
    const { count, data } = context.batch;
    const standing = new Standing(context, Infinity);
    const { size, ball } = standing;
    const span = new Float64Array(count).fill(0);
    for (let i = 0; i < data.length; i++) {
      const wide = ball.high[i]! - ball.low[i]!;
      const sample = Math.floor(i / size);
      if (wide < Infinity && wide > span[sample]!) span[sample] = wide;
    }
    const state: State = {
      context,
      standing,
      asking: new Asking(context, standing),
      nearest: new Nearest(context, standing),
      streams: streamsOf(context.random, count),
      x: Float32Array.from(data),
      next: new Float32Array(data.length),
      direction: new Float32Array(data.length),
      span: span.map((wide) => wide || 1),
    };
    let going = await begin(state);
    going = await toBoundary(state, going, state.x);
    for (let round = 0; going.length > 0; round++) {
      await estimate(state, going, round);
      await hop(state, going, round);
      going = await toBoundary(state, going, state.next);
      standing.progress(Math.min(...going.map((sample) => state.asking.spent[sample]!)) / context.steps);
    }
    standing.progress(1);
  },
};

/** Finds for each a point that fools: the sample itself, or noise. @returns those for which there is one */
async function begin(state: State): Promise<number[]> {
  const { context, standing, asking, nearest, streams, x, span } = state;
  const { ball, size } = standing;
  const all = Array.from({ length: context.batch.count }, (_, i) => i);
  const found: number[] = [];
  let looking = all;
  for (let round = 0; round < TRIES && looking.length > 0; round++) {
    const fooled = new Set<number>();
    await asking.all(
      looking,
      () => 1,
      (sample, rows, at) => {
        const stream = streams[sample]!;
        for (let j = 0, i = sample * size; j < size; j++, i++) {
          const [low, high] = [ball.low[i]!, ball.high[i]!];
          const base = ball.original[i]!;
          if (round === 0 || low === high) rows[at + j] = base;
          else if (high - low < Infinity) rows[at + j] = low + stream.next() * (high - low);
          else
            rows[at + j] = base + stream.normal() * Math.max(1, Math.abs(base)) * span[sample]! * 1.1 ** (round % 60);
        }
      },
      (sample, rows, at, isFooled) => {
        if (!isFooled) return;
        fooled.add(sample);
        if (round === 0) return;
        x.set(rows.subarray(at, at + size), sample * size);
        nearest.offer(sample, rows, at);
        found.push(sample);
      },
    );
    looking = looking.filter((sample) => !fooled.has(sample) && asking.left(sample) > 0);
  }
  return found.sort((a, b) => a - b);
}

/**
 * Halves the way between the original and each sample's row of `far` (which fools) down to the tolerance, and leaves in `x` what fools.
 * @returns those that are to go on
 */
async function toBoundary(state: State, samples: readonly number[], far: Float32Array): Promise<number[]> {
  const { context, standing, asking, nearest, x } = state;
  const { ball, size } = standing;
  const linf = context.norm === 'linf';
  const low = new Float64Array(context.batch.count);
  const high = new Float64Array(context.batch.count);
  const end = new Float64Array(context.batch.count);
  const found = far === x ? Float32Array.from(far) : x;
  for (const sample of samples) {
    high[sample] = linf ? ball.distance(far, sample * size, sample) : 1;
    const tolerance = 1 / (size * (linf ? size : Math.sqrt(size)));
    // Single precision ends the search for large samples.
    end[sample] = high[sample]! * Math.max(1e-6, Math.min(MOST_TOLERANCE, tolerance));
    if (far !== x) x.set(far.subarray(sample * size, (sample + 1) * size), sample * size);
  }
  const source = far === x ? found : far;
  let searching = samples.filter((sample) => asking.left(sample) > 0);
  while (searching.length > 0) {
    await asking.all(
      searching,
      () => 1,
      (sample, rows, at) => {
        const middle = (low[sample]! + high[sample]!) / 2;
        for (let j = 0, i = sample * size; j < size; j++, i++) {
          const move = source[i]! - ball.original[i]!;
          rows[at + j] = ball.original[i]! + (linf ? Math.max(-middle, Math.min(middle, move)) : middle * move);
        }
      },
      (sample, rows, at, fooled) => {
        const middle = (low[sample]! + high[sample]!) / 2;
        if (!fooled) {
          low[sample] = middle;
          return;
        }
        high[sample] = middle;
        x.set(rows.subarray(at, at + size), sample * size);
        nearest.offer(sample, rows, at);
      },
    );
    searching = searching.filter(
      (sample) => high[sample]! - low[sample]! > end[sample]! && asking.left(sample) > 0 && !nearest.within(sample),
    );
  }
  return samples.filter((sample) => asking.left(sample) > 0 && !nearest.within(sample));
}

/** Writes the direction in which the model is fooled more, from the labels of probes around the boundary. */
async function estimate(state: State, samples: readonly number[], round: number): Promise<void> {
  const { context, standing, asking, streams, x, direction, span } = state;
  const { ball, size } = standing;
  const count = context.batch.count;
  const signed = new Float64Array(count * size);
  const plain = new Float64Array(count * size);
  const hits = new Int32Array(count);
  const asked = new Int32Array(count);
  const radius = new Float64Array(count);
  for (const sample of samples) {
    const far = ball.distance(x, sample * size, sample);
    // The paper's sqrt(d) theta for l2 and d theta for linf come to the same.
    radius[sample] = round === 0 ? 0.1 * span[sample]! : far / size;
    // A probe must differ from where it starts in single precision.
    let largest = 0;
    for (let i = sample * size; i < (sample + 1) * size; i++) largest = Math.max(largest, Math.abs(x[i]!));
    radius[sample] = Math.max(radius[sample]!, largest * 1e-5, 1e-12);
  }
  const noise = new Float64Array(size);
  await asking.all(
    samples,
    () => Math.min(MOST_PROBES, Math.floor(FIRST_PROBES * Math.sqrt(round + 1))),
    (sample, rows, at) => {
      let square = 0;
      for (let j = 0, i = sample * size; j < size; j++, i++) {
        const open = ball.low[i]! < ball.high[i]!;
        noise[j] = !open ? 0 : context.norm === 'l2' ? streams[sample]!.normal() : 2 * streams[sample]!.next() - 1;
        square += noise[j]! * noise[j]!;
      }
      const scale = square > 0 ? radius[sample]! / Math.sqrt(square) : 0;
      for (let j = 0; j < size; j++) rows[at + j] = x[sample * size + j]! + scale * noise[j]!;
    },
    (sample, rows, at, fooled) => {
      asked[sample]!++;
      if (fooled) hits[sample]!++;
      for (let j = 0, i = sample * size; j < size; j++, i++) {
        const move = rows[at + j]! - x[i]!;
        plain[i]! += move;
        signed[i]! += fooled ? move : -move;
      }
    },
  );
  for (const sample of samples) {
    // The mean label is taken off, but where all are alike there would be nothing left.
    const mean = asked[sample]! > 0 ? (2 * hits[sample]!) / asked[sample]! - 1 : 0;
    const baseline = Math.abs(mean) === 1 ? 0 : mean;
    let square = 0;
    for (let i = sample * size; i < (sample + 1) * size; i++) {
      const value = signed[i]! - baseline * plain[i]!;
      direction[i] = value;
      square += value * value;
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = sample * size; i < (sample + 1) * size; i++) {
      direction[i] = context.norm === 'linf' ? Math.sign(direction[i]!) : direction[i]! * scale;
    }
  }
}

/** Steps along the direction, as far as the model is fooled still; leaves in `next` where that is. */
async function hop(state: State, samples: readonly number[], round: number): Promise<void> {
  const { context, standing, asking, nearest, x, next, direction } = state;
  const { ball, size } = standing;
  const length = new Float64Array(context.batch.count);
  for (const sample of samples) {
    const from = sample * size;
    length[sample] = ball.distance(x, from, sample) / Math.sqrt(round + 1);
    next.set(x.subarray(from, from + size), from);
  }
  let stepping = samples.filter((sample) => asking.left(sample) > 0);
  for (let tries = 0; tries < SHORTER && stepping.length > 0; tries++) {
    const done = new Set<number>();
    await asking.all(
      stepping,
      () => 1,
      (sample, rows, at) => {
        for (let j = 0, i = sample * size; j < size; j++, i++) rows[at + j] = x[i]! + length[sample]! * direction[i]!;
      },
      (sample, rows, at, fooled) => {
        length[sample]! /= 2;
        if (!fooled) return;
        done.add(sample);
        next.set(rows.subarray(at, at + size), sample * size);
        nearest.offer(sample, rows, at);
      },
    );
    stepping = stepping.filter((sample) => !done.has(sample) && asking.left(sample) > 0);
  }
}
