// The fast adaptive boundary attack: along the boundary towards the original, for the nearest example.
import type { Attack, AttackContext, Norm } from '../attack.ts';
import { moveOnto } from './hyperplane.ts';
import { Nearest } from './nearest.ts';
import { NearestBoundary } from './nearest-boundary.ts';
import { rankedClasses } from './runner-up.ts';
import { Standing } from './standing.ts';

const SOURCE = 'Croce and Hein 2020, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary Attack';
const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];

/** Greatest share of the way that starts anew at the original. */
const MOST_BIAS = 0.1;
const OVERSHOOT = 1.05;
/** What of the way is kept when an example was found. */
const BACKWARD = 0.9;
/** Classes that the targeted form goes towards, at most. */
export const MOST_TARGETS = 9;
/** Halvings of the way at the end. */
const HALVINGS = 6;

interface Search {
  readonly standing: Standing;
  readonly nearest: Nearest;
  /** By sample, classes - 1 each. */
  readonly ranks: Int32Array;
  /** Of the ranks, those whose boundaries are looked at. */
  readonly from: number;
  readonly to: number;
  /** Whether a sample leaves as soon as it is fooled within the bound. */
  readonly enough: boolean;
  readonly onStep: (share: number) => void;
}

async function search(context: AttackContext, options: Search): Promise<void> {
  const { standing, nearest, ranks, enough } = options;
  const { ball, size } = standing;
  const { norm, batch } = context;
  const original = batch.data;
  const x = Float32Array.from(original);
  const boundary = new NearestBoundary(batch.count, standing);
  const { normals, rises } = boundary;
  const here = new Float32Array(size);
  const there = new Float32Array(size);
  const { low, high } = ball;
  const distance = (_sample: number, normal: Float32Array, at: number, rise: number): number =>
    Math.abs(rise) / (1e-12 + dualNorm(norm, normal, at, size));
  for (let round = 0; round < context.steps && standing.count > 0; round++) {
    await boundary.find({ standing, x, ranks, from: options.from, to: options.to, distance });
    for (let k = 0; k < standing.count; k++) {
      const sample = standing.ids[k]!;
      const from = sample * size;
      const plane = { low, high, from, size, normal: normals, at: from };
      const rise = rises[sample]!;
      let gap = rise;
      for (let j = from; j < from + size; j++) gap += normals[j]! * (x[j]! - original[j]!);
      const near = Math.max(1e-8, moveOnto(norm, { ...plane, point: x }, rise, here));
      const far = Math.max(1e-8, moveOnto(norm, { ...plane, point: original }, gap, there));
      const bias = Math.min(near / (near + far), MOST_BIAS);
      for (let j = 0; j < size; j++) {
        x[from + j] =
          (x[from + j]! + OVERSHOOT * here[j]!) * (1 - bias) + (original[from + j]! + OVERSHOOT * there[j]!) * bias;
      }
      ball.project(x, from, sample);
    }
    const scores = await standing.scores(x);
    for (let k = 0; k < standing.count; k++) {
      if (!standing.fooled(scores, k)) continue;
      const sample = standing.ids[k]!;
      nearest.offer(sample, standing.rows, k * size);
      if (enough && nearest.within(sample)) standing.leave(k);
      for (let j = sample * size; j < (sample + 1) * size; j++) {
        x[j] = original[j]! + BACKWARD * (x[j]! - original[j]!);
      }
    }
    standing.settle();
    options.onStep((round + 1) / context.steps);
  }
}

/** The norm that measures how fast a linear function grows over steps of length 1. */
function dualNorm(norm: Norm, values: Float32Array, at: number, size: number): number {
  let sum = 0;
  for (let j = at; j < at + size; j++) {
    const value = Math.abs(values[j]!);
    sum = norm === 'l1' ? Math.max(sum, value) : sum + (norm === 'l2' ? value * value : value);
  }
  return norm === 'l2' ? Math.sqrt(sum) : sum;
}

async function run(context: AttackContext, targeted: boolean, enough: boolean): Promise<void> {
  const { classes } = context.target;
  const standing = new Standing(context, Infinity);
  const nearest = new Nearest(context, standing);
  const scores = await standing.scores(context.batch.data);
  const ranks = rankedClasses(scores, context.labels, classes);
  standing.collect(scores);
  const left = new Uint8Array(context.batch.count).fill(1);
  for (let k = 0; k < standing.count; k++) left[standing.ids[k]!] = 0;
  const common = { standing, nearest, ranks, enough };
  if (targeted) {
    const rounds = Math.min(MOST_TARGETS, classes - 1);
    for (let rank = 0; rank < rounds; rank++) {
      for (let i = 0; i < left.length; i++) if (enough && nearest.within(i)) left[i] = 1;
      standing.reopen(left);
      const onStep = (share: number): void => standing.progress((rank + share) / (rounds + 0.1));
      await search(context, { ...common, from: rank, to: rank + 1, onStep });
    }
  } else {
    const onStep = (share: number): void => standing.progress(share / 1.1);
    await search(context, { ...common, from: 0, to: classes - 1, onStep });
  }
  if (!enough) await nearest.shorten(HALVINGS);
  standing.progress(1);
}

const shape = { source: SOURCE, needs: 'gradients', norms: NORMS, defaultSteps: 100 } as const;

/** Asks the gradient of every class in every step; see `fabT` where there are many classes. */
export const fab: Attack = { ...shape, name: 'fab', run: (context) => run(context, false, false) };

/** Towards each of the likeliest classes in turn: one gradient a step. */
export const fabT: Attack = { ...shape, name: 'fab-t', run: (context) => run(context, true, false) };

/** As the ensemble has it: a sample that is fooled within the bound is done. */
export const fabWithin: Attack = { ...shape, name: 'fab-t', run: (context) => run(context, true, true) };
