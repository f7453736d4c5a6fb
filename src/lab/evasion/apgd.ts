// Auto-PGD: a climb that chooses its own step sizes, on cross-entropy, on the difference of logits ratio, and towards each class in turn.
import type { Attack, AttackContext, Norm } from '../attack.ts';
import type { LossName } from '../target.ts';
import { type Climb, momentumRule, sparseRule } from './apgd-step.ts';
import { randomStart } from './start.ts';
import { Standing } from './standing.ts';
import { type Stream, streamsOf } from './stream.ts';
import { rankedClasses } from './runner-up.ts';

const SOURCE =
  'Croce and Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks; ' +
  'l1: Croce and Hein 2021, Mind the Box';
const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];

/** Classes towards which the targeted forms go, at most: the likeliest after the label. */
export const MOST_TARGETS = 9;

interface ClimbOptions {
  readonly loss: LossName;
  /** By sample. */
  readonly targets?: Int32Array;
  readonly onStep: (share: number) => void;
}

/** One climb from a random start with all that stand; the fooled leave, of the others the iterate of the greatest loss is kept. */
async function climb(standing: Standing, streams: readonly Stream[], options: ClimbOptions): Promise<void> {
  const { ball, size, context } = standing;
  const { steps } = context;
  const { loss: name, targets } = options;
  const count = context.batch.count;
  const x = Float32Array.from(context.batch.data);
  const slope = new Float32Array(x.length);
  const topSlope = new Float32Array(x.length);
  const greatest = new Float32Array(count).fill(-Infinity);
  const last = new Float32Array(count).fill(-Infinity);
  const rises = new Int32Array(count);
  // What is kept of each sample is the iterate of its greatest loss: there is no second copy of it.
  const top = context.best;
  const state: Climb = { ball, steps, x, top, slope, greatest, rises };
  const rule = ball.norm === 'l1' ? sparseRule(state) : momentumRule(state);
  for (let k = 0; k < standing.count; k++) randomStart(ball, x, standing.ids[k]!, streams[standing.ids[k]!]!, true);
  let since = 0;
  for (let round = 0; round <= steps && standing.count > 0; round++) {
    if (round === steps) {
      standing.collect(await standing.scores(x));
      break;
    }
    const answer = await standing.loss(name, x, targets);
    const due = round > 0 && ++since === rule.interval;
    for (let k = 0; k < standing.count; k++) {
      if (standing.fooled(answer.scores, k)) continue;
      const sample = standing.ids[k]!;
      const from = sample * size;
      const loss = answer.loss[k]!;
      const row = answer.gradient.subarray(k * size, (k + 1) * size);
      slope.set(row, from);
      if (loss > last[sample]!) rises[sample]!++;
      last[sample] = loss;
      if (loss > greatest[sample]! || round === 0) {
        greatest[sample] = loss;
        topSlope.set(row, from);
        standing.keep(k);
      }
      if (round === 0) {
        rule.begin(sample);
        rises[sample] = 0;
      }
      if (due) {
        if (rule.reckon(sample)) {
          x.set(top.subarray(from, from + size), from);
          slope.set(topSlope.subarray(from, from + size), from);
        }
        rises[sample] = 0;
      }
      rule.move(sample, round === 0);
    }
    if (due) {
      rule.advance();
      since = 0;
    }
    standing.collect(answer.scores);
    options.onStep((round + 1) / (steps + 1));
  }
}

async function untargeted(context: AttackContext, loss: LossName): Promise<void> {
  const standing = new Standing(context);
  const streams = streamsOf(context.random, context.batch.count);
  await climb(standing, streams, { loss, onStep: (share) => standing.progress(share) });
  standing.progress(1);
}

export const apgdCe: Attack = {
  name: 'apgd-ce',
  source: SOURCE,
  needs: 'gradients',
  norms: NORMS,
  defaultSteps: 100,
  run: (context) => untargeted(context, 'cross-entropy'),
};

/** With fewer than three classes the ratio does not exist: the margin takes its place. */
export const apgdDlr: Attack = {
  name: 'apgd-dlr',
  source: SOURCE,
  needs: 'gradients',
  norms: NORMS,
  defaultSteps: 100,
  run: (context) => untargeted(context, context.target.classes < 3 ? 'margin' : 'dlr'),
};

/**
 * A climb towards each of the likeliest classes in turn, with those that still stand. The targeted ratio takes four classes: with
 * fewer, the cross-entropy of the target is taken.
 */
export const apgdT: Attack = {
  name: 'apgd-t',
  source: SOURCE,
  needs: 'gradients',
  norms: NORMS,
  defaultSteps: 100,
  async run(context) {
    const standing = new Standing(context);
    const streams = streamsOf(context.random, context.batch.count);
    const loss = context.target.classes < 4 ? 'cross-entropy' : 'dlr';
    const scores = await standing.scores(context.batch.data);
    const ranks = rankedClasses(scores, context.labels, context.target.classes);
    standing.collect(scores);
    const rounds = Math.min(MOST_TARGETS, context.target.classes - 1);
    const targets = new Int32Array(context.batch.count);
    for (let rank = 0; rank < rounds && standing.count > 0; rank++) {
      for (let i = 0; i < targets.length; i++) targets[i] = ranks[i * (context.target.classes - 1) + rank]!;
      await climb(standing, streams, { loss, targets, onStep: (share) => standing.progress((rank + share) / rounds) });
    }
    standing.progress(1);
  },
};
