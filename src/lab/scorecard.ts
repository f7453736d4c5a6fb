// What a run came to, as counted shares with their intervals: nothing here is an attack's own word.
import type { AttackResult, RejectionReason, Scorecard } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import type { AttackRun } from './attack-run.ts';
import type { CorruptionOutcome } from './corruption-run.ts';
import type { Samples } from './data/samples.ts';
import { TOLERANCE, mean, median } from './distance.ts';
import type { RunOptions, RunOutcome } from './run.ts';
import type { Target } from './target.ts';
import { warningsOf } from './warnings.ts';

/** With more the table would not be read by anybody. */
const MOST_CLASSES = 100;

/** Samples up to the last one that was attacked: of an attack that was not cut short, all. */
function seenBy({ verdicts }: AttackRun, { correct, predicted }: RunOutcome): number {
  return verdicts.length === correct.length ? predicted.length : (correct[verdicts.length - 1] ?? -1) + 1;
}

export function toResult(run: AttackRun, outcome: RunOutcome): AttackResult {
  const { plan, verdicts, queries, gradientQueries } = run;
  const samples = seenBy(run, outcome);
  const attacked = verdicts.length;
  const fallen = verdicts.filter(({ fooled }) => fooled);
  const rejected: Partial<Record<RejectionReason, number>> = {};
  for (const { rejected: reason } of verdicts) if (reason !== undefined) rejected[reason] = (rejected[reason] ?? 0) + 1;
  const robust = attacked - fallen.length;
  const first = run.toSuccess?.filter((count, i) => count >= 0 && verdicts[i]!.fooled) ?? [];
  return {
    name: plan.attack.name,
    norm: run.norm,
    eps: run.eps,
    steps: plan.steps,
    needs: plan.attack.needs,
    end: run.end,
    samples,
    attacked,
    fooled: fallen.length,
    robustAccuracy: robust / samples,
    interval: wilson(robust, samples),
    ...(attacked === 0
      ? {}
      : { success: { rate: fallen.length / attacked, interval: wilson(fallen.length, attacked) } }),
    rejected,
    ...(fallen.length === 0
      ? {}
      : {
          distance: {
            mean: mean(fallen.map((each) => each.distance)),
            median: median(fallen.map((each) => each.distance)),
          },
        }),
    queries: {
      total: queries,
      gradients: gradientQueries,
      meanPerSample: attacked === 0 ? 0 : queries / attacked,
      ...(first.length === 0 ? {} : { medianToSuccess: median(first) }),
    },
    seconds: run.seconds,
  };
}

/** Samples that nothing brought down, of those that every attack of the runs has seen. */
function worstOf(runs: readonly AttackRun[], outcome: RunOutcome): Scorecard['worstCase'] {
  if (runs.length === 0) return undefined;
  const attacked = Math.min(...runs.map(({ verdicts }) => verdicts.length));
  const samples = Math.min(...runs.map((run) => seenBy(run, outcome)));
  let robust = 0;
  for (let i = 0; i < attacked; i++) if (!runs.some(({ verdicts }) => verdicts[i]!.fooled)) robust++;
  return { robustAccuracy: robust / samples, interval: wilson(robust, samples), samples };
}

function confusionOf(
  outcome: RunOutcome,
  samples: Samples,
  runs: readonly AttackRun[],
  classes: number,
): Scorecard['confusion'] {
  if (classes > MOST_CLASSES) return undefined;
  const empty = (): number[][] => Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const [before, after] = [empty(), empty()];
  const says = outcome.predicted.slice();
  outcome.correct.forEach((sample, i) => {
    const fallen = runs.map(({ verdicts }) => verdicts[i]).find((verdict) => verdict?.fooled === true);
    if (fallen !== undefined) says[sample] = fallen.predicted;
  });
  samples.labels.forEach((label, i) => {
    before[label]![outcome.predicted[i]!]!++;
    after[label]![says[i]!]!++;
  });
  return { before, after };
}

export interface ScorecardParts {
  readonly version: string;
  readonly time: Date;
  readonly target: Target;
  readonly model: Pick<Scorecard['model'], 'path' | 'digest' | 'externalData'>;
  readonly samples: Samples;
  readonly options: RunOptions;
  readonly bounds: string;
  readonly constrained: boolean;
  readonly round?: number | undefined;
  readonly outcome: RunOutcome;
  readonly corruptions?: CorruptionOutcome;
  readonly certificates?: NonNullable<Scorecard['certificates']>;
  /** Classes that were said of the samples when they were changed somehow. */
  readonly variants?: ReadonlyMap<string, Int32Array>;
}

/** Accuracy of answers that somebody stored, and how many of them are not as they were. */
function variantsOf(
  variants: ReadonlyMap<string, Int32Array>,
  { predicted }: RunOutcome,
  { labels, count }: Samples,
): Scorecard['variants'] {
  return [...variants].map(([name, classes]) => {
    const correct = classes.reduce((sum, each, i) => sum + (each === labels[i] ? 1 : 0), 0);
    const changed = classes.reduce((sum, each, i) => sum + (each === predicted[i] ? 0 : 1), 0);
    return { name, accuracy: correct / count, interval: wilson(correct, count), changed };
  });
}

/** Without the gate, which is somebody's wish and no result. */
export function toScorecard(parts: ScorecardParts): Scorecard {
  const { target, samples, options, outcome } = parts;
  // An attack that did not get to a single sample has no result.
  const runs = outcome.runs.filter((run) => run.verdicts.length > 0 || outcome.correct.length === 0);
  const attacks = runs.map((run) => toResult(run, outcome));
  const bounds = [...new Set(runs.map(({ eps }) => eps))];
  const perAttack = (eps: number): Record<string, number> =>
    Object.fromEntries(attacks.filter((each) => each.eps === eps).map((each) => [each.name, each.robustAccuracy]));
  const worst = (eps: number): Scorecard['worstCase'] =>
    worstOf(
      runs.filter((run) => run.eps <= eps),
      outcome,
    );
  const eps = bounds.at(-1);
  const atLast = eps === undefined ? undefined : worst(eps);
  // Intervals ask nothing.
  const certified = parts.certificates?.reduce((sum, { queries = 0 }) => sum + queries, 0) ?? 0;
  const confusion = confusionOf(outcome, samples, runs, target.classes);
  return {
    tool: { name: 'ancile', version: parts.version },
    time: parts.time.toISOString(),
    model: {
      ...parts.model,
      gives: target.gives,
      gradients: target.gradients !== undefined,
      shape: [...target.shape],
      classes: target.classes,
    },
    data: {
      path: samples.path,
      digest: samples.digest,
      samples: samples.count,
      correct: outcome.correct.length,
      cleanAccuracy: outcome.correct.length / samples.count,
      interval: wilson(outcome.correct.length, samples.count),
    },
    settings: {
      norm: options.norm,
      eps: [...options.eps],
      seed: options.seed,
      batch: options.batch,
      bounds: parts.bounds,
      ...(options.budget.perSample === undefined ? {} : { queriesPerSample: options.budget.perSample }),
      ...(options.budget.total === undefined ? {} : { totalQueries: options.budget.total }),
      constraints: parts.constrained,
      ...(parts.round === undefined ? {} : { round: parts.round }),
      tolerance: TOLERANCE,
    },
    complete: outcome.runs.every(({ end }) => end === 'complete'),
    ...(eps === undefined ? {} : { eps }),
    robustAccuracy: eps === undefined ? {} : perAttack(eps),
    ...(atLast === undefined ? {} : { worstCase: atLast }),
    attacks,
    curve: bounds.map((each) => {
      const share = worst(each)?.robustAccuracy;
      return { eps: each, robustAccuracy: perAttack(each), ...(share === undefined ? {} : { worstCase: share }) };
    }),
    ...(confusion === undefined ? {} : { confusion }),
    queries: {
      attacks: outcome.attackQueries,
      judge: outcome.judgeQueries,
      ...(parts.corruptions === undefined ? {} : { corruptions: parts.corruptions.queries }),
      ...(certified === 0 ? {} : { certificates: certified }),
    },
    warnings: warningsOf(outcome, attacks),
    ...(parts.corruptions === undefined ? {} : { corruptions: parts.corruptions.results }),
    ...(parts.certificates === undefined ? {} : { certificates: parts.certificates }),
    ...(parts.variants === undefined ? {} : { variants: variantsOf(parts.variants, outcome, samples) }),
    seconds: outcome.seconds,
  };
}
