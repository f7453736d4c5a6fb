// Projected gradient descent: small steps up the loss, each brought back into the ball.
import type { Attack } from '../attack.ts';
import { randomStart } from './start.ts';
import { Standing } from './standing.ts';
import { ascend } from './steepest.ts';
import { streamsOf } from './stream.ts';

/** Length of all steps together, in radii of the ball. */
const REACH = 2.5;

/** Random start; a fooled sample leaves, of the others the iterate of the greatest loss is kept. For l1 the sparse steps of SLIDE. */
export const pgd: Attack = {
  name: 'pgd',
  source: 'Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks; l1: Tramèr and Boneh 2019',
  needs: 'gradients',
  norms: ['linf', 'l2', 'l1'],
  defaultSteps: 40,
  async run(context) {
    const standing = new Standing(context);
    const { ball, size } = standing;
    const { steps } = context;
    const step = Math.min((REACH * ball.eps) / steps, ball.eps);
    const x = Float32Array.from(context.batch.data);
    const greatest = new Float32Array(standing.count).fill(-Infinity);
    const streams = streamsOf(context.random, standing.count);
    for (let i = 0; i < standing.count; i++) randomStart(ball, x, i, streams[i]!);
    for (let round = 0; round < steps && standing.count > 0; round++) {
      const { scores, loss, gradient } = await standing.loss('cross-entropy', x);
      for (let k = 0; k < standing.count; k++) {
        const sample = standing.ids[k]!;
        if (standing.fooled(scores, k)) continue;
        if (loss[k]! > greatest[sample]!) {
          greatest[sample] = loss[k]!;
          standing.keep(k);
        }
        ascend(ball, x, sample, gradient, k * size, step);
        ball.project(x, sample * size, sample);
      }
      standing.collect(scores);
      standing.progress((round + 1) / (steps + 1));
    }
    // Of the last step only the class is still of interest.
    if (standing.count > 0) standing.collect(await standing.scores(x));
    standing.progress(1);
  },
};
