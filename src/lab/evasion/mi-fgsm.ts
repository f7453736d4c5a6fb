// The momentum iterative method: steps along the running sum of gradients, which carry over to other models better.
import type { Attack } from '../attack.ts';
import { Standing } from './standing.ts';
import { ascend } from './steepest.ts';

/** What of the earlier direction stays. */
const DECAY = 1;

export const miFgsm: Attack = {
  name: 'mi-fgsm',
  source: 'Dong et al. 2018, Boosting Adversarial Attacks with Momentum',
  needs: 'gradients',
  norms: ['linf', 'l2'],
  defaultSteps: 10,
  async run(context) {
    const standing = new Standing(context);
    const { ball, size } = standing;
    const { steps } = context;
    const x = Float32Array.from(context.batch.data);
    const momentum = new Float32Array(x.length);
    const direction = new Float32Array(size);
    const greatest = new Float32Array(standing.count).fill(-Infinity);
    for (let round = 0; round < steps && standing.count > 0; round++) {
      const { scores, loss, gradient } = await standing.loss('cross-entropy', x);
      for (let k = 0; k < standing.count; k++) {
        if (standing.fooled(scores, k)) continue;
        const sample = standing.ids[k]!;
        const from = sample * size;
        if (loss[k]! > greatest[sample]!) {
          greatest[sample] = loss[k]!;
          standing.keep(k);
        }
        let length = 0;
        for (let j = 0; j < size; j++) length += Math.abs(gradient[k * size + j]!);
        const scale = length > 0 ? 1 / length : 0;
        for (let j = 0; j < size; j++) {
          momentum[from + j] = DECAY * momentum[from + j]! + scale * gradient[k * size + j]!;
          direction[j] = momentum[from + j]!;
        }
        ascend(ball, x, sample, direction, 0, ball.eps / steps);
        ball.project(x, from, sample);
      }
      standing.collect(scores);
      standing.progress((round + 1) / (steps + 1));
    }
    if (standing.count > 0) standing.collect(await standing.scores(x));
    standing.progress(1);
  },
};
