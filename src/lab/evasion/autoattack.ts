// The AutoAttack ensemble: unlike attacks in turn, each on what still stands, with warnings where the outcome is not to be trusted.
import type { Attack, AttackContext, Norm } from '../attack.ts';
import type { Batch, Target } from '../target.ts';
import { apgdCe, apgdDlr, apgdT } from './apgd.ts';
import { checkTarget, isOverestimated, warningOf } from './checks.ts';
import { withExpectation } from './expectation.ts';
import { fabWithin } from './fab.ts';
import { square } from './square.ts';
import { classOf } from './standing.ts';
import { streamsOf } from './stream.ts';

const SOURCE =
  'Croce and Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks';
const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
/** Queries of the square attack for each step of the others: 5,000 for 100. */
const QUERIES_PER_STEP = 50;
/** Of the ensemble for models that answer by chance. */
const EXPECTATION_QUERIES = 20;

/** A target of some of the samples, whose queries are counted for them: each by its number among all. */
function withRows(target: Target, ids: readonly number[]): Target {
  const told = (batch: Batch): Batch => ({
    ...batch,
    ...(batch.rows === undefined && batch.count !== ids.length
      ? {}
      : { rows: Int32Array.from({ length: batch.count }, (_, k) => ids[batch.rows?.[k] ?? k]!) }),
  });
  const { gradients } = target;
  return {
    ...target,
    scores: (batch) => target.scores(told(batch)),
    ...(gradients && {
      gradients: {
        ofLoss: (loss, batch, ...rest) => gradients.ofLoss(loss, told(batch), ...rest),
        ofScores: (batch, weights) => gradients.ofScores(told(batch), weights),
      },
    }),
  };
}

/** Runs a member on the samples that stand (1), and leaves what it found in the best of all. */
async function runMember(
  context: AttackContext,
  member: Attack,
  target: Target,
  stands: Uint8Array,
  share: { readonly from: number; readonly to: number },
  seeds: readonly number[],
): Promise<void> {
  const { batch, best, labels, steps } = context;
  const size = batch.data.length / batch.count;
  const ids = Array.from(stands.keys()).filter((i) => stands[i] === 1);
  const gather = (source: Float32Array): Float32Array => {
    const rows = new Float32Array(ids.length * size);
    ids.forEach((i, k) => rows.set(source.subarray(i * size, (i + 1) * size), k * size));
    return rows;
  };
  const mine = gather(best);
  // A number a sample, the same in whatever company it is attacked.
  let drawn = 0;
  const part: AttackContext = {
    ...context,
    target: withRows(target, ids),
    batch: { data: gather(batch.data), count: ids.length },
    labels: Int32Array.from(ids, (i) => labels[i]!),
    best: mine,
    steps: member === square ? steps * QUERIES_PER_STEP : steps,
    random: () => seeds[ids[drawn++ % ids.length]!]!,
    onProgress: (done) => context.onProgress?.(share.from + done * (share.to - share.from)),
  };
  try {
    await member.run(part);
  } finally {
    ids.forEach((i, k) => best.set(mine.subarray(k * size, (k + 1) * size), i * size));
  }
  context.signal.throwIfAborted();
  const scores = await target.scores({ data: mine, count: ids.length, rows: Int32Array.from(ids) });
  ids.forEach((i, k) => {
    if (classOf(scores, k, target.classes) !== labels[i]) stands[i] = 0;
  });
}

async function ensemble(context: AttackContext, members: readonly Attack[], target: Target): Promise<void> {
  const { batch } = context;
  if (batch.count === 0) return;
  const stands = new Uint8Array(batch.count).fill(1);
  const streams = streamsOf(context.random, batch.count);
  const robust: number[] = [];
  for (const [index, member] of members.entries()) {
    const seeds = streams.map((stream) => stream.next());
    const left = stands.reduce((sum, one) => sum + one, 0);
    if (left === 0) break;
    const share = { from: index / members.length, to: (index + 1) / members.length };
    await runMember(context, member, target, stands, share, seeds);
    const accuracy = stands.reduce((sum, one) => sum + one, 0) / batch.count;
    if (member === square && isOverestimated(robust, [accuracy])) context.onWarning?.(warningOf('overestimated'));
    robust.push(accuracy);
  }
  context.onProgress?.(1);
}

/** APGD on cross-entropy, APGD and FAB towards each class, Square: the standard version, after checks of the model. */
export const autoattack: Attack = {
  name: 'autoattack',
  source: SOURCE,
  needs: 'gradients',
  norms: NORMS,
  defaultSteps: 100,
  async run(context) {
    for (const warning of await checkTarget(context)) context.onWarning?.(warning);
    await ensemble(context, [apgdCe, apgdT, fabWithin, square], context.target);
  },
};

/** For models that answer by chance: APGD on both losses, by means over 20 answers. */
export const autoattackRand: Attack = {
  name: 'autoattack-rand',
  source: SOURCE,
  needs: 'gradients',
  norms: NORMS,
  defaultSteps: 100,
  async run(context) {
    await ensemble(context, [apgdCe, apgdDlr], withExpectation(context.target, EXPECTATION_QUERIES, context.signal));
  },
};
