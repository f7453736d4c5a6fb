// What makes a robust accuracy look better than it is, where the run itself shows it: Carlini et al. 2019, "On evaluating
// adversarial robustness", and the flags of AutoAttack (Croce and Hein 2020).
import type { AttackResult, LabWarning } from '../contract/index.ts';
import type { AttackRun } from './attack-run.ts';
import type { RunOutcome } from './run.ts';

/** Share of gradients without a direction that is more than chance. */
const MANY_ZEROS = 0.1;

/** Samples that one run brought down and the other did not. */
function missedBy(white: AttackRun, black: AttackRun): { missed: number; gained: number } {
  const both = Math.min(white.verdicts.length, black.verdicts.length);
  let [missed, gained] = [0, 0];
  for (let i = 0; i < both; i++) {
    const [byWhite, byBlack] = [white.verdicts[i]!.fooled, black.verdicts[i]!.fooled];
    if (byBlack && !byWhite) missed++;
    if (byWhite && !byBlack) gained++;
  }
  return { missed, gained };
}

const isWhite = ({ plan }: AttackRun): boolean => plan.attack.needs === 'gradients';
const nameOf = ({ plan }: AttackRun): string => plan.attack.name;

function* overestimates(runs: readonly AttackRun[]): Generator<LabWarning> {
  for (const white of runs.filter(isWhite)) {
    for (const black of runs.filter((run) => !isWhite(run) && run.eps === white.eps)) {
      const { missed, gained } = missedBy(white, black);
      if (missed <= gained) continue;
      yield {
        code: 'overestimated',
        attack: nameOf(white),
        eps: white.eps,
        message:
          `overestimated: ${nameOf(black)}, which sees no gradients, fools the model on ${missed} samples that ${nameOf(white)} ` +
          `does not (and ${nameOf(white)} on ${gained} that it does not). The gradients mislead, or ${nameOf(white)} tries too little.`,
      };
    }
  }
}

function* turns(results: readonly AttackResult[]): Generator<LabWarning> {
  for (const later of results) {
    const earlier = results.find(
      (each) => each.name === later.name && each.eps < later.eps && each.robustAccuracy < later.robustAccuracy,
    );
    if (earlier === undefined || earlier.samples !== later.samples) continue;
    yield {
      code: 'not-monotone',
      attack: later.name,
      eps: later.eps,
      message: `${later.name} fools the model less within ${later.eps} than within ${earlier.eps}: it does not find what is there`,
    };
  }
}

/** @param results - of the runs that came to something */
export function warningsOf({ runs, correct, randomised }: RunOutcome, results: readonly AttackResult[]): LabWarning[] {
  const warnings: LabWarning[] = [...overestimates(runs), ...turns(results)];
  for (const run of runs) {
    for (const { kind, message } of run.warnings) {
      warnings.push({ code: kind, attack: nameOf(run), eps: run.eps, message: `${nameOf(run)}: ${message}` });
    }
    if (run.zeroGradients > MANY_ZEROS && !run.warnings.some(({ kind }) => kind === 'zero-gradients')) {
      warnings.push({
        code: 'zero-gradients',
        attack: nameOf(run),
        eps: run.eps,
        message:
          `${Math.round(run.zeroGradients * 100)}% of the gradients that ${nameOf(run)} asked for are zero throughout: ` +
          `it had nothing to go by. Trust attacks by queries more, or another loss (apgd-dlr).`,
      });
    }
    if (run.end === 'complete') continue;
    const why = run.end === 'stopped' ? 'was stopped' : 'had spent all queries';
    const cut = run.cut === 0 ? '' : `; ${run.cut} of them were cut short`;
    warnings.push({
      code: 'partial',
      attack: nameOf(run),
      eps: run.eps,
      message: `partial: ${nameOf(run)} within ${run.eps} ${why} after ${run.verdicts.length} of ${correct.length} samples${cut}`,
    });
  }
  if (randomised) {
    warnings.push({
      code: 'randomised',
      message:
        'the model answers the same question differently: attacks that do not average its answers overestimate it',
    });
  }
  return warnings;
}
