// Carlini and Wagner's l2 attack: the least squares move that still fools, by Adam, each step brought back into the box.
import type { Attack } from '../attack.ts';
import { Nearest } from './nearest.ts';
import { Standing } from './standing.ts';

/** Values of the trade-off that are tried, each with all steps: first rising tenfold, then halving the gap. */
const TRADE_OFFS = 9;
const FIRST_TRADE_OFF = 0.1;
const MOST_TRADE_OFF = 1e10;
/** Of Adam at first, as a share of each number's range; it falls to nothing, so that few steps settle too. */
const RATE = 0.03;
const DECAY = 0.9;
const DECAY_SQUARES = 0.999;
/** Logits by which an example must win. */
const CONFIDENCE = 0;
/** A sample leaves a trade-off when its objective has not fallen in a tenth of the steps, after the first third. */
const CHECKS = 10;
const HALVINGS = 8;
/**
 * Of the paper's three ways to keep to the box this is the first, projection: its change of variables takes thousands of steps to move
 * what begins at a bound, as most of a digit's picture does.
 */
export const cw: Attack = {
  name: 'cw',
  source: 'Carlini and Wagner 2017, Towards Evaluating the Robustness of Neural Networks',
  needs: 'gradients',
  norms: ['l2'],
  defaultSteps: 100,
  async run(context) {
    const { batch, steps } = context;
    const { count, data: original } = batch;
    const standing = new Standing(context, Infinity);
    const { size, ball } = standing;
    const { low, high } = ball;
    const nearest = new Nearest(context, standing);
    standing.collect(await standing.scores(original));
    const left = new Uint8Array(count).fill(1);
    for (let k = 0; k < standing.count; k++) left[standing.ids[k]!] = 0;

    const x = Float32Array.from(original);
    const mean = new Float32Array(x.length);
    const square = new Float32Array(x.length);
    const tradeOff = new Float64Array(count).fill(FIRST_TRADE_OFF);
    const below = new Float64Array(count);
    const above = new Float64Array(count).fill(Infinity);
    const found = new Uint8Array(count);
    const objective = new Float64Array(count);
    const fell = new Uint8Array(count);

    for (let trial = 0; trial < TRADE_OFFS; trial++) {
      standing.reopen(left);
      found.fill(0);
      objective.fill(Infinity);
      mean.fill(0);
      square.fill(0);
      x.set(original);
      for (let round = 0; round < steps && standing.count > 0; round++) {
        const { scores, loss, gradient } = await standing.loss('margin', x);
        const rate = RATE * (1 - round / steps);
        const due = round % Math.max(1, Math.floor(steps / CHECKS)) === 0;
        for (let k = 0; k < standing.count; k++) {
          const sample = standing.ids[k]!;
          if (standing.fooled(scores, k)) {
            // Adam's first steps overshoot: what they reach says nothing of the trade-off.
            if (round >= steps / 3) found[sample] = 1;
            nearest.offer(sample, standing.rows, k * size);
          }
          const short = loss[k]! < CONFIDENCE;
          let value = tradeOff[sample]! * Math.max(0, CONFIDENCE - loss[k]!);
          const first = 1 - DECAY ** (round + 1);
          const second = 1 - DECAY_SQUARES ** (round + 1);
          for (let j = 0, i = sample * size; j < size; j++, i++) {
            const [least, most] = [low[i]!, high[i]!];
            if (least === most) continue;
            const move = x[i]! - original[i]!;
            value += move * move;
            const slope = 2 * move - (short ? tradeOff[sample]! * gradient[k * size + j]! : 0);
            mean[i] = DECAY * mean[i]! + (1 - DECAY) * slope;
            square[i] = DECAY_SQUARES * square[i]! + (1 - DECAY_SQUARES) * slope * slope;
            const step = (rate * (mean[i]! / first)) / (Math.sqrt(square[i]! / second) + 1e-8);
            x[i]! -= most - least < Infinity ? step * (most - least) : step;
          }
          ball.project(x, sample * size, sample);
          if (value < 0.9999 * objective[sample]!) {
            objective[sample] = value;
            fell[sample] = 1;
          }
          if (!due) continue;
          if (fell[sample] === 0 && round > steps / 3) standing.leave(k);
          fell[sample] = 0;
        }
        standing.settle();
        standing.progress((trial + (round + 1) / steps) / (TRADE_OFFS + 0.1));
      }
      for (let i = 0; i < count; i++) {
        if (found[i] === 1) above[i] = tradeOff[i]!;
        else below[i] = tradeOff[i]!;
        tradeOff[i] = above[i] === Infinity ? Math.min(MOST_TRADE_OFF, tradeOff[i]! * 10) : (below[i]! + above[i]!) / 2;
      }
    }
    await nearest.shorten(HALVINGS);
    standing.progress(1);
  },
};
