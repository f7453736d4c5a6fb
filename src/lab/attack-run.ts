// One attack at one bound over all samples that the model classifies right: batch by batch, each judged when it is done.
import type { AttackEnd } from '../contract/index.ts';
import type { Attack, AttackWarning, Norm } from './attack.ts';
import type { CountedTarget, QueryWatch } from './budget.ts';
import { type Bound, type Verdict, checkExample, judge, toClasses } from './judge.ts';
import { createRandom } from './random.ts';
import { type Batch, BudgetSpent, sizeOf } from './target.ts';

/** An attack and how long it tries. */
export interface Plan {
  readonly attack: Attack;
  readonly steps: number;
}

/** What a batch came to, as it is kept for a run that is taken up again. */
export interface FinishedBatch {
  /** count x size. */
  readonly examples: Float32Array;
  /** Queries for each sample; those for which nobody said whom they were about are shared out. */
  readonly asked: readonly number[];
  /** Queries up to the first example that counts; -1 where there was none. Absent where that is not known. */
  readonly toSuccess?: readonly number[];
  readonly queries: number;
  readonly gradientQueries: number;
  /** Answered gradients, and those of them that were zero throughout. */
  readonly gradients: number;
  readonly zeroGradients: number;
  readonly seconds: number;
}

export interface AttackRun {
  readonly plan: Plan;
  readonly norm: Norm;
  readonly eps: number;
  readonly end: AttackEnd;
  /** Samples of the last batch that were cut short by a stop or the budget for all. */
  readonly cut: number;
  /** Of each attacked sample, in their order. */
  readonly verdicts: readonly Verdict[];
  readonly asked: readonly number[];
  readonly toSuccess?: readonly number[];
  readonly queries: number;
  readonly gradientQueries: number;
  /** Said by the attack itself, each kind once. */
  readonly warnings: readonly AttackWarning[];
  /** Share of the gradients that were zero throughout. */
  readonly zeroGradients: number;
  readonly seconds: number;
}

export interface AttackRunOptions {
  readonly plan: Plan;
  readonly bound: Bound;
  readonly seed: number;
  readonly batch: number;
  /** Samples that are attacked, count x size, and their labels. */
  readonly originals: Batch;
  readonly labels: Int32Array;
  /** Counts and bounds the attack's questions. */
  readonly target: CountedTarget;
  /** Asked by the judge alone. */
  readonly judged: CountedTarget;
  readonly signal: AbortSignal;
  /** A batch that an earlier run has finished. */
  readonly restore: (index: number) => FinishedBatch | undefined;
  readonly onBatch: (index: number, batch: FinishedBatch) => void;
  /** @param done - samples, with the share of those under way */
  readonly onProgress: (done: number, fooled: number) => void;
  /** Each judged batch, for who keeps its examples. */
  readonly onJudged: (first: number, batch: FinishedBatch, verdicts: readonly Verdict[]) => void;
}

/** Sees at which query each sample first fooled the model by an example that counts. */
function createWatch(
  batch: Batch,
  labels: Int32Array,
  bound: Bound,
  classes: number,
): { watch: QueryWatch; toSuccess: Float64Array; gradients: () => { all: number; zero: number } } {
  const size = batch.data.length / batch.count;
  const toSuccess = new Float64Array(batch.count).fill(-1);
  let [all, zero] = [0, 0];
  const watch: QueryWatch = {
    scored({ data }, scores, rows, asked) {
      if (rows === undefined) return;
      const predicted = toClasses(scores, classes);
      rows.forEach((row, i) => {
        if (toSuccess[row] !== -1 || predicted[i] === labels[row]) return;
        const example = data.subarray(i * size, (i + 1) * size);
        const original = batch.data.subarray(row * size, (row + 1) * size);
        if (checkExample(example, original, bound) === undefined) toSuccess[row] = asked[row]!;
      });
    },
    gradient({ count }, gradient) {
      for (let i = 0; i < count; i++) {
        all++;
        let at = i * size;
        while (at < (i + 1) * size && gradient[at] === 0) at++;
        if (at === (i + 1) * size) zero++;
      }
    },
  };
  return { watch, toSuccess, gradients: () => ({ all, zero }) };
}

/** Runs the attack on one batch. @returns what it came to, and whether it was cut short */
async function attackBatch(
  options: AttackRunOptions,
  index: number,
  batch: Batch,
  labels: Int32Array,
  report: (share: number) => void,
  warn: (warning: AttackWarning) => void,
): Promise<{ finished: FinishedBatch; cut: boolean }> {
  const { plan, bound, seed, target, signal } = options;
  const { watch, toSuccess, gradients } = createWatch(batch, labels, bound, target.classes);
  const best = batch.data.slice();
  const before = { queries: target.queries, gradientQueries: target.gradientQueries };
  target.begin(batch.count, watch);
  const started = performance.now();
  try {
    await plan.attack.run({
      target,
      batch,
      labels,
      norm: bound.norm,
      eps: bound.eps,
      steps: plan.steps,
      space: bound.space,
      random: createRandom(seed, plan.attack.name, bound.norm, bound.eps, index),
      best,
      signal,
      onProgress: report,
      onWarning: warn,
    });
  } catch (thrown) {
    if (!(thrown instanceof BudgetSpent) && !signal.aborted) throw thrown;
  }
  const { all, zero } = gradients();
  return {
    cut: signal.aborted || target.totalSpent,
    finished: {
      examples: best,
      asked: [...target.asked],
      ...(target.shared ? {} : { toSuccess: [...toSuccess] }),
      queries: target.queries - before.queries,
      gradientQueries: target.gradientQueries - before.gradientQueries,
      gradients: all,
      zeroGradients: zero,
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/**
 * Attacks all samples. Ends early, with what there is, when it is stopped or the budget for all is spent; a budget for each sample
 * ends an attack on its batch and is its end.
 * @throws what the target throws
 */
export async function runAttack(options: AttackRunOptions): Promise<AttackRun> {
  const { plan, bound, originals, labels, target, judged, signal } = options;
  const size = sizeOf(target);
  const verdicts: Verdict[] = [];
  const batches: FinishedBatch[] = [];
  const warnings = new Map<string, AttackWarning>();
  let end: AttackEnd = 'complete';
  let cut = 0;
  let fooled = 0;
  for (let start = 0, index = 0; start < originals.count; start += options.batch, index++) {
    const count = Math.min(options.batch, originals.count - start);
    const data = originals.data.subarray(start * size, (start + count) * size);
    const own = labels.subarray(start, start + count);
    const restored = options.restore(index);
    if (restored === undefined && (signal.aborted || target.totalSpent)) {
      end = signal.aborted ? 'stopped' : 'budget';
      break;
    }
    let finished = restored;
    if (restored !== undefined) target.note(restored.queries, restored.gradientQueries);
    else {
      const tell = (share: number): void => options.onProgress(start + count * Math.min(1, share), fooled);
      const ran = await attackBatch(options, index, { data, count }, own, tell, (warning) =>
        warnings.set(warning.kind, warning),
      );
      finished = ran.finished;
      if (ran.cut) {
        end = signal.aborted ? 'stopped' : 'budget';
        cut = count;
      } else options.onBatch(index, finished);
    }
    // Also what was kept on disk: it may have been changed there.
    const judgement = await judge(judged, { data, count }, finished!.examples, own, bound);
    verdicts.push(...judgement);
    batches.push(finished!);
    fooled += judgement.filter((verdict) => verdict.fooled).length;
    options.onJudged(start, finished!, judgement);
    options.onProgress(start + count, fooled);
    if (cut > 0) break;
  }
  const sum = (of: (batch: FinishedBatch) => number): number => batches.reduce((total, each) => total + of(each), 0);
  const known = batches.every(({ toSuccess }) => toSuccess !== undefined);
  return {
    plan,
    norm: bound.norm,
    eps: bound.eps,
    end,
    cut,
    verdicts,
    asked: batches.flatMap(({ asked }) => asked),
    ...(known ? { toSuccess: batches.flatMap(({ toSuccess }) => toSuccess!) } : {}),
    queries: sum(({ queries }) => queries),
    gradientQueries: sum(({ gradientQueries }) => gradientQueries),
    warnings: [...warnings.values()],
    zeroGradients:
      sum(({ zeroGradients }) => zeroGradients) /
      Math.max(
        1,
        sum(({ gradients }) => gradients),
      ),
    seconds: sum(({ seconds }) => seconds),
  };
}
