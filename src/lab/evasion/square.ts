// Square Attack: random square changes, kept where they help; asks for scores alone.
import type { Attack } from '../attack.ts';
import type { Output } from '../target.ts';
import { onPlanes } from '../channels.ts';
import { flatProposal, flatStart } from './square-flat.ts';
import { type Proposal, imageProposal, imageStart } from './square-image.ts';
import { leadOf, Standing } from './standing.ts';
import { streamsOf } from './stream.ts';

/** Share of the numbers that the first squares change. */
const FIRST_SHARE = 0.8;
/** Of 10,000 queries, those after which the share halves. */
const HALVE_AT = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/** The share at a query of so many: the paper's schedule, stretched to them. */
export function shareAt(query: number, queries: number): number {
  const scaled = Math.floor((query / queries) * 10_000);
  return FIRST_SHARE / 2 ** HALVE_AT.filter((at) => scaled > at).length;
}

/** Logarithms of probabilities differ as logits do. */
export function asLogits(scores: Float32Array, gives: Output): Float32Array {
  if (gives === 'probabilities')
    for (let i = 0; i < scores.length; i++) scores[i] = Math.log(Math.max(scores[i]!, 1e-38));
  return scores;
}

/**
 * Images (channels x height x width) for linf and l2 as in the paper; other shapes, and l1, by random groups of numbers where the paper
 * has squares. A query a step and one for the start: `steps` in all.
 */
export const square: Attack = onPlanes({
  name: 'square',
  source: 'Andriushchenko et al. 2020, Square Attack: a Query-efficient Black-box Adversarial Attack via Random Search',
  needs: 'probabilities',
  norms: ['linf', 'l2', 'l1'],
  defaultSteps: 5000,
  async run(context) {
    const standing = new Standing(context);
    const { ball, size, classes } = standing;
    const { best, steps, target, norm } = context;
    const streams = streamsOf(context.random, context.batch.count);
    const [channels, height, width] = target.shape;
    const image = target.shape.length === 3 && norm !== 'l1' && Math.min(height!, width!) >= (norm === 'l2' ? 5 : 2);
    const shape = { channels: channels ?? 1, height: height ?? 1, width: width ?? 1 };
    const propose: Proposal = image ? imageProposal(ball, shape) : flatProposal(ball);
    const x = Float32Array.from(context.batch.data);
    const leads = new Float64Array(context.batch.count);
    for (let i = 0; i < context.batch.count; i++) {
      if (image) imageStart(ball, shape, x, i, streams[i]!);
      else flatStart(ball, x, i, streams[i]!);
      ball.project(x, i * size, i);
    }
    for (let query = 0; query < steps && standing.count > 0; query++) {
      const scores = asLogits(await standing.scores(x), target.gives);
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        const lead = leadOf(scores, k, classes, context.labels[sample]!);
        if (query > 0 && !(lead < leads[sample]!)) continue;
        leads[sample] = lead;
        standing.keep(k);
      }
      standing.collect(scores);
      const share = shareAt(query, steps);
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        x.set(best.subarray(sample * size, (sample + 1) * size), sample * size);
        propose(x, sample, share, streams[sample]!);
        ball.project(x, sample * size, sample);
      }
      standing.progress((query + 1) / steps);
    }
    standing.progress(1);
  },
});
