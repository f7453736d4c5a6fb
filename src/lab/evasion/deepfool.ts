// DeepFool: onto the nearest of the boundaries as they look from here, again and again until one is crossed.
import type { Attack } from '../attack.ts';
import { moveOnto } from './hyperplane.ts';
import { Nearest } from './nearest.ts';
import { NearestBoundary } from './nearest-boundary.ts';
import { rankedClasses } from './runner-up.ts';
import { Standing } from './standing.ts';

/** How much further than the boundary a step goes. */
const OVERSHOOT = 0.02;
/** Boundaries looked at, of the likeliest classes. */
const CANDIDATES = 9;
/** Halvings of the way at the end; the paper has none. */
const HALVINGS = 8;

/** Within the box: where the paper goes straight to a boundary, this goes the shortest way that the bounds leave. */
export const deepfool: Attack = {
  name: 'deepfool',
  source:
    'Moosavi-Dezfooli, Fawzi and Frossard 2016, DeepFool: a Simple and Accurate Method to Fool Deep Neural Networks',
  needs: 'gradients',
  norms: ['l2', 'linf', 'l1'],
  defaultSteps: 50,
  async run(context) {
    const standing = new Standing(context, Infinity);
    const { ball, size, classes } = standing;
    const nearest = new Nearest(context, standing);
    const x = Float32Array.from(context.batch.data);
    const first = await standing.scores(x);
    const ranks = rankedClasses(first, context.labels, classes);
    standing.collect(first);
    const candidates = Math.min(CANDIDATES, classes - 1);
    const boundary = new NearestBoundary(context.batch.count, standing);
    const { normals, rises } = boundary;
    const move = new Float32Array(size);
    const { low, high } = ball;
    const distance = (sample: number, normal: Float32Array, at: number, rise: number): number =>
      moveOnto(context.norm, { point: x, low, high, from: sample * size, size, normal, at }, Math.max(rise, 0), move);
    for (let round = 0; round < context.steps && standing.count > 0; round++) {
      await boundary.find({ standing, x, ranks, from: 0, to: candidates, distance });
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        const from = sample * size;
        moveOnto(context.norm, { point: x, low, high, from, size, normal: normals, at: from }, rises[sample]!, move);
        // A boundary that is met to the last digit is not crossed.
        for (let j = 0; j < size; j++) x[from + j]! += (1 + OVERSHOOT) * move[j]! + 1e-6 * Math.sign(move[j]!);
        ball.project(x, from, sample);
      }
      const scores = await standing.scores(x);
      for (let k = 0; k < standing.count; k++) {
        if (!standing.fooled(scores, k)) continue;
        nearest.offer(standing.ids[k]!, standing.rows, k * size);
        standing.leave(k);
      }
      standing.settle();
      standing.progress((round + 1) / (context.steps + 1));
    }
    await nearest.shorten(HALVINGS);
    standing.progress(1);
  },
};
