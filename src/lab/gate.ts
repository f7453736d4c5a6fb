// A gate: what robustness somebody requires, held against a scorecard. What was not measured, or not to its end, has not passed.
import { AncileError } from '../base/index.ts';
import type { GateOutcome, GateRequirement, LabGate, LabNorm, Scorecard } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';

interface Measured {
  readonly share: number;
  readonly low: number;
  readonly complete: boolean;
}

function describe({ attack, norm, eps, robustAccuracy, cleanAccuracy, by }: GateRequirement): string {
  const how = by === 'interval' ? ' by the lower end of its interval' : '';
  const clean = cleanAccuracy === undefined ? [] : [`clean accuracy ${cleanAccuracy.trim()}${how}`];
  const where = `${attack}${norm === undefined ? '' : ` ${norm}`}${eps === undefined ? '' : ` within ${eps}`}`;
  const robust =
    robustAccuracy === undefined ? [] : [`robust accuracy ${robustAccuracy.trim()}${how} against ${where}`];
  return [...clean, ...robust].join(', ');
}

function measureRobust({ attack, eps }: GateRequirement, card: Scorecard): Measured | undefined {
  const bound = eps ?? card.eps;
  if (attack !== 'worst') {
    const found = card.attacks.find((each) => each.name === attack && each.eps === bound);
    return found && { share: found.robustAccuracy, low: found.interval.low, complete: found.end === 'complete' };
  }
  const share = card.curve.find((each) => each.eps === bound)?.worstCase;
  const within = card.attacks.filter((each) => each.eps <= bound!);
  if (share === undefined || within.length === 0) return undefined;
  const samples = Math.min(...within.map((each) => each.samples));
  return {
    share,
    low: wilson(Math.round(share * samples), samples).low,
    complete: within.every(({ end }) => end === 'complete'),
  };
}

/** Whether a share is as required: `>= 0.3`. */
function compare(wanted: string, share: number): boolean {
  const [, sign, number] = /^\s*(>=|>)\s*(\S+)\s*$/.exec(wanted)!;
  return sign === '>' ? share > Number(number) : share >= Number(number);
}

function judgeRequirement(requirement: GateRequirement, card: Scorecard): GateOutcome {
  const { robustAccuracy, cleanAccuracy, by } = requirement;
  const told = describe(requirement);
  const { interval, cleanAccuracy: clean } = card.data;
  const parts: [wanted: string | undefined, measured: Measured | undefined][] = [
    [cleanAccuracy, { share: clean, low: interval.low, complete: true }],
    [robustAccuracy, robustAccuracy === undefined ? undefined : measureRobust(requirement, card)],
  ];
  let value: number | undefined;
  for (const [wanted, measured] of parts) {
    if (wanted === undefined) continue;
    if (measured === undefined) return { requirement: told, passed: false, reason: 'it was not measured' };
    value = by === 'interval' ? measured.low : measured.share;
    if (!measured.complete)
      return { requirement: told, passed: false, value, reason: 'the attack did not come to its end' };
    if (!compare(wanted, value))
      return { requirement: told, passed: false, value, reason: `it is ${value.toFixed(4)}` };
  }
  return { requirement: told, passed: true, ...(value === undefined ? {} : { value }) };
}

export function judgeGate(gate: LabGate, card: Scorecard): NonNullable<Scorecard['gate']> {
  const outcomes = gate.require.map((requirement) => judgeRequirement(requirement, card));
  return { passed: outcomes.every(({ passed }) => passed), outcomes };
}

/**
 * Before a run: whether it will measure what the gate requires.
 * @throws AncileError `usage` naming the requirement that it will not
 */
export function checkGate(
  gate: LabGate,
  run: { readonly attacks: readonly string[]; readonly norm: LabNorm; readonly eps: readonly number[] },
): void {
  for (const requirement of gate.require) {
    const { attack, norm, eps, robustAccuracy } = requirement;
    if (robustAccuracy === undefined) continue;
    const known = attack === 'worst' ? run.attacks.length > 0 : run.attacks.includes(attack);
    if (known && (norm ?? run.norm) === run.norm && (eps === undefined || run.eps.includes(eps))) continue;
    throw new AncileError('usage', `the gate requires ${describe(requirement)}, which this run does not measure`, {
      hint: 'Name its attack, norm and eps: --attacks, --norm, --eps.',
    });
  }
}
