// SimBA: one number (or one cosine wave) at a time, up or down, kept where the label's score falls.
import { onPlanes } from '../channels.ts';
import type { Attack, AttackContext, Norm } from '../attack.ts';
import { asLogits } from './square.ts';
import { Standing } from './standing.ts';
import { streamsOf } from './stream.ts';
import { type Directions, pixels, waves } from './simba-direction.ts';

/** A step's length in the paper, of a range of 1. */
const STEP = 0.2;

/** Score of the label as a share of all: what a step is to lower. */
function shareOf(scores: Float32Array, k: number, classes: number, label: number): number {
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(scores[k * classes + c]! - scores[k * classes + label]!);
  return -Math.log(sum);
}

async function run(context: AttackContext, kind: (context: AttackContext) => Directions): Promise<void> {
  const standing = new Standing(context);
  const { ball, size, classes } = standing;
  const { best, batch, steps, target } = context;
  const streams = streamsOf(context.random, batch.count);
  const directions = kind(context);
  const x = Float32Array.from(batch.data);
  const least = new Float64Array(batch.count);
  /** By sample: the order of its directions, drawn as far as it has come; where it is; and whether the next try is downwards. */
  const order = Uint32Array.from({ length: batch.count * directions.count }, (_, i) => i % directions.count);
  const turn = new Int32Array(batch.count).fill(-1);
  const down = new Uint8Array(batch.count);
  for (let query = 0; query < steps && standing.count > 0; query++) {
    const scores = asLogits(await standing.scores(x), target.gives);
    for (let k = 0; k < standing.count; k++) {
      const sample = standing.ids[k]!;
      const share = shareOf(scores, k, classes, context.labels[sample]!);
      const better = query === 0 || share < least[sample]!;
      if (better) {
        least[sample] = share;
        standing.keep(k);
      }
      if (better || down[sample] === 1) {
        down[sample] = 0;
        turn[sample]!++;
      } else down[sample] = 1;
    }
    standing.collect(scores);
    for (let k = 0; k < standing.count; k++) {
      const sample = standing.ids[k]!;
      const from = sample * size;
      const place = turn[sample]! % directions.count;
      const orders = order.subarray(sample * directions.count, (sample + 1) * directions.count);
      if (down[sample] === 0 && turn[sample]! < directions.count) {
        // Within a block of the order, so that low waves come before high ones.
        const other = place + streams[sample]!.below(directions.blockEnd(place) - place);
        [orders[place], orders[other]] = [orders[other]!, orders[place]!];
      }
      x.set(best.subarray(from, from + size), from);
      const length = Math.min(STEP, ball.eps);
      directions.add(x, sample, orders[place]!, down[sample] === 1 ? -length : length, ball);
      ball.project(x, from, sample);
    }
    standing.progress((query + 1) / steps);
  }
  standing.progress(1);
}

const shape = {
  source: 'Guo et al. 2019, Simple Black-box Adversarial Attacks',
  needs: 'probabilities',
  norms: ['l2', 'linf', 'l1'] as readonly Norm[],
  defaultSteps: 5000,
} as const;

/** `steps` are the queries of a sample: one for where it is, one or two a direction. */
export const simba: Attack = { ...shape, name: 'simba', run: (context) => run(context, pixels) };

/** Along cosine waves, low ones first; rows of tables as waves of one dimension. */
export const simbaDct: Attack = onPlanes({ ...shape, name: 'simba-dct', run: (context) => run(context, waves) });
