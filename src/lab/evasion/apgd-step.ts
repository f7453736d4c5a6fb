// How Auto-PGD steps and when it shortens its steps: with momentum for linf and l2, with fewer and fewer numbers for l1.
import type { Ball } from './ball.ts';
import { ascend } from './steepest.ts';

/** State of one climb, by sample. */
export interface Climb {
  readonly ball: Ball;
  readonly steps: number;
  readonly x: Float32Array;
  /** The iterates of the greatest loss. */
  readonly top: Float32Array;
  readonly slope: Float32Array;
  /** The greatest loss, now and at the last reckoning; how often it grew since. */
  readonly greatest: Float32Array;
  readonly rises: Int32Array;
}

export interface StepRule {
  /** Before the first step, of every sample. */
  begin(sample: number): void;
  move(sample: number, first: boolean): void;
  /** Iterations from one reckoning to the next. */
  readonly interval: number;
  /** After a reckoning of all samples. */
  advance(): void;
  /** @returns whether the sample is to go on from the best it has seen */
  reckon(sample: number): boolean;
}

/** Share of rises below which a climb is taken to oscillate. */
const RISING = 0.75;
const MOMENTUM = 0.75;

/** Croce and Hein 2020, algorithm 1. */
export function momentumRule(climb: Climb): StepRule {
  const { ball, steps, x, slope, greatest, rises } = climb;
  const { size } = ball;
  const length = new Float32Array(greatest.length);
  const before = new Float32Array(greatest.length);
  const shortened = new Uint8Array(greatest.length);
  const old = new Float32Array(x.length);
  const from0 = new Float32Array(size);
  let interval = Math.max(1, Math.floor(0.22 * steps));
  return {
    get interval() {
      return interval;
    },
    begin(sample) {
      length[sample] = 2 * ball.eps;
      before[sample] = greatest[sample]!;
      shortened[sample] = 1;
      old.set(x.subarray(sample * size, (sample + 1) * size), sample * size);
    },
    move(sample, first) {
      const from = sample * size;
      from0.set(x.subarray(from, from + size));
      ascend(ball, x, sample, slope, from, length[sample]!);
      ball.project(x, from, sample);
      const share = first ? 1 : MOMENTUM;
      for (let j = 0; j < size; j++) {
        const here = from0[j]!;
        x[from + j] = here + share * (x[from + j]! - here) + (1 - share) * (here - old[from + j]!);
      }
      ball.project(x, from, sample);
      old.set(from0, from);
    },
    advance() {
      interval = Math.max(interval - Math.max(1, Math.floor(0.03 * steps)), Math.max(1, Math.floor(0.06 * steps)));
    },
    reckon(sample) {
      const oscillates = rises[sample]! <= RISING * interval;
      const stalls = shortened[sample] === 0 && before[sample]! >= greatest[sample]!;
      before[sample] = greatest[sample]!;
      shortened[sample] = oscillates || stalls ? 1 : 0;
      if (shortened[sample] === 1) length[sample]! /= 2;
      return shortened[sample] === 1;
    },
  };
}

/** Share of numbers that the first l1 steps go along; how steps shrink, and how far. */
const FIRST_SHARE = 0.2;
const SHRINK = 1.5;
const LEAST = 10;

/** Croce and Hein 2021, Mind the Box, algorithm 2. */
export function sparseRule(climb: Climb): StepRule {
  const { ball, steps, x, top, slope, greatest } = climb;
  const { size } = ball;
  const length = new Float32Array(greatest.length);
  const share = new Float32Array(greatest.length);
  const moved = new Float32Array(greatest.length);
  return {
    interval: Math.max(1, Math.floor(0.04 * steps)),
    begin(sample) {
      length[sample] = ball.eps;
      share[sample] = FIRST_SHARE;
      moved[sample] = size;
    },
    move(sample) {
      ascend(ball, x, sample, slope, sample * size, length[sample]!, share[sample]);
      ball.project(x, sample * size, sample);
    },
    advance() {},
    reckon(sample) {
      let count = 0;
      for (let j = sample * size; j < (sample + 1) * size; j++) if (top[j] !== ball.original[j]) count++;
      const sparser = count / moved[sample]! < 0.95;
      share[sample] = count / size / SHRINK;
      length[sample] = sparser ? ball.eps : Math.max(length[sample]! / SHRINK, ball.eps / LEAST);
      moved[sample] = Math.max(1, count);
      return sparser;
    },
  };
}
