// A whole run: what the model says of the samples as they are, then each attack at each bound on those that it classifies right.
import { AncileError } from '../base/index.ts';
import type { Attack, Norm } from './attack.ts';
import { type AttackRun, type FinishedBatch, type Plan, runAttack } from './attack-run.ts';
import { type CountedTarget, type QueryBudget, countQueries } from './budget.ts';
import type { Samples } from './data/samples.ts';
import { type JudgedSpace, type Verdict, toClasses } from './judge.ts';
import { type Target, sizeOf } from './target.ts';

/** Samples that the model is asked about twice, to see whether it answers alike. */
const MOST_TWICE = 32;
/** Difference of two answers, as a share of the greatest score, that is none. */
const ALIKE = 1e-4;

export interface RunProgress {
  readonly what: 'clean' | Attack['name'];
  readonly eps?: number;
  readonly done: number;
  readonly of: number;
  readonly fooled?: number;
}

/** Examples, and what the judge said of each. */
export interface JudgedBatch {
  readonly run: Pick<AttackRun, 'plan' | 'norm' | 'eps'>;
  /** The number of each in the data. */
  readonly samples: Int32Array;
  readonly batch: FinishedBatch;
  readonly verdicts: readonly Verdict[];
}

/** Where finished batches are kept. */
export interface Kept {
  restore(run: string, index: number): FinishedBatch | undefined;
  keep(run: string, index: number, batch: FinishedBatch): void;
}

export interface RunOptions {
  readonly plans: readonly Plan[];
  readonly norm: Norm;
  readonly eps: readonly number[];
  readonly seed: number;
  readonly batch: number;
  readonly space: (norm: Norm, eps: number) => JudgedSpace;
  readonly budget: QueryBudget;
  readonly signal: AbortSignal;
  readonly kept?: Kept;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Batches as they are judged. */
  readonly onJudged?: (judged: JudgedBatch) => void;
}

export interface RunOutcome {
  /** What the model says of each sample as it is. */
  readonly predicted: Int32Array;
  /** Numbers of those that it classifies right. */
  readonly correct: Int32Array;
  readonly runs: readonly AttackRun[];
  readonly attackQueries: number;
  readonly judgeQueries: number;
  /** It answers the same question in more than one way. */
  readonly randomised: boolean;
  readonly stopped: boolean;
  readonly seconds: number;
}

/** Names a run among those that are kept. */
export function runName({ plan, norm, eps }: Pick<AttackRun, 'plan' | 'norm' | 'eps'>): string {
  return `${plan.attack.name}:${plan.steps} ${norm} ${eps}`;
}

async function isRandomised(target: CountedTarget, samples: Samples, first: Float32Array): Promise<boolean> {
  const count = Math.min(MOST_TWICE, samples.count);
  const again = await target.scores({ data: samples.x.subarray(0, count * sizeOf(target)), count });
  const greatest = again.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return again.some((value, i) => Math.abs(value - first[i]!) > ALIKE * Math.max(greatest, 1e-12));
}

/** Of what is no number none is the greatest, and whatever was counted would be of nothing. */
function checkNumbers(scores: Float32Array, start: number, { classes, name }: Target): void {
  const at = scores.findIndex((score) => Number.isNaN(score));
  if (at === -1) return;
  const sample = start + Math.floor(at / classes);
  throw new AncileError('model_invalid', `${name} answers sample ${sample} with NaN for class ${at % classes}`, {
    at: `x[${sample}]`,
    hint: 'Are its weights numbers, and the samples in the range that it was trained on?',
  });
}

async function askClean(
  target: CountedTarget,
  samples: Samples,
  { batch, signal, onProgress }: RunOptions,
): Promise<{ predicted: Int32Array; randomised: boolean }> {
  const size = sizeOf(target);
  const predicted = new Int32Array(samples.count);
  let randomised = false;
  for (let start = 0; start < samples.count; start += batch) {
    if (signal.aborted) throw new AncileError('shutting_down', 'stopped before anything was known');
    const count = Math.min(batch, samples.count - start);
    const scores = await target.scores({ data: samples.x.subarray(start * size, (start + count) * size), count });
    checkNumbers(scores, start, target);
    predicted.set(toClasses(scores, target.classes), start);
    if (start === 0) randomised = await isRandomised(target, samples, scores);
    onProgress?.({ what: 'clean', done: start + count, of: samples.count });
  }
  return { predicted, randomised };
}

/**
 * Attacks a model on samples whose shape and labels were checked.
 * @throws AncileError of the target; `shutting_down` when stopped before the samples as they are were looked at
 */
export async function runAttacks(target: Target, samples: Samples, options: RunOptions): Promise<RunOutcome> {
  const started = performance.now();
  const counted = countQueries(target, options.budget);
  const judged = countQueries(target, {});
  const size = sizeOf(target);
  const { predicted, randomised } = await askClean(judged, samples, options);
  const correct = Int32Array.from(predicted.keys()).filter((i) => predicted[i] === samples.labels[i]);
  const data = new Float32Array(correct.length * size);
  correct.forEach((sample, i) => data.set(samples.x.subarray(sample * size, (sample + 1) * size), i * size));
  const labels = correct.map((sample) => samples.labels[sample]!);

  const runs: AttackRun[] = [];
  for (const eps of [...options.eps].sort((a, b) => a - b)) {
    for (const plan of options.plans) {
      const which = { plan, norm: options.norm, eps };
      const name = runName(which);
      runs.push(
        await runAttack({
          plan,
          bound: { norm: options.norm, eps, space: options.space(options.norm, eps) },
          seed: options.seed,
          batch: options.batch,
          originals: { data, count: correct.length },
          labels,
          target: counted,
          judged,
          signal: options.signal,
          restore: (index) => options.kept?.restore(name, index),
          onBatch: (index, batch) => options.kept?.keep(name, index, batch),
          onProgress: (done, fooled) =>
            options.onProgress?.({ what: plan.attack.name, eps, done, of: correct.length, fooled }),
          onJudged: (first, batch, verdicts) =>
            options.onJudged?.({
              run: which,
              samples: correct.subarray(first, first + verdicts.length),
              batch,
              verdicts,
            }),
        }),
      );
    }
  }
  return {
    predicted,
    correct,
    runs,
    attackQueries: counted.queries,
    judgeQueries: judged.queries,
    randomised,
    stopped: options.signal.aborted && runs.some(({ end }) => end === 'stopped'),
    seconds: (performance.now() - started) / 1000,
  };
}
