// The fast gradient sign method: one step, as far as the bound allows.
import type { Attack } from '../attack.ts';
import type { Ball } from './ball.ts';
import { Standing } from './standing.ts';
import { ascend, clearBlocked } from './steepest.ts';

/** Spends the whole of an l1 ball on the steepest numbers, each as far as the box lets it go. */
function spend(ball: Ball, x: Float32Array, sample: number, slope: Float32Array, at: number): void {
  const { size, low, high } = ball;
  const from = sample * size;
  clearBlocked(ball, x, sample, slope, at);
  const order = Array.from({ length: size }, (_, j) => j);
  order.sort((a, b) => Math.abs(slope[at + b]!) - Math.abs(slope[at + a]!));
  let left = ball.eps;
  for (const j of order) {
    const g = slope[at + j]!;
    if (g === 0 || left <= 0) break;
    const move = Math.min(left, g > 0 ? high[from + j]! - x[from + j]! : x[from + j]! - low[from + j]!);
    x[from + j]! += g > 0 ? move : -move;
    left -= move;
  }
}

export const fgsm: Attack = {
  name: 'fgsm',
  source: 'Goodfellow, Shlens and Szegedy 2015, Explaining and Harnessing Adversarial Examples',
  needs: 'gradients',
  norms: ['linf', 'l2', 'l1'],
  defaultSteps: 1,
  async run(context) {
    const standing = new Standing(context);
    const { ball, size } = standing;
    const x = Float32Array.from(context.batch.data);
    const { gradient, scores } = await standing.loss('cross-entropy', x);
    for (let k = 0; k < standing.count; k++) {
      if (standing.fooled(scores, k)) continue;
      const sample = standing.ids[k]!;
      if (ball.norm === 'l1') spend(ball, x, sample, gradient, k * size);
      else ascend(ball, x, sample, gradient, k * size, ball.eps);
      ball.project(x, sample * size, sample);
      standing.admit(x, sample * size, sample);
      context.best.set(x.subarray(sample * size, (sample + 1) * size), sample * size);
    }
    standing.progress(1);
  },
};
