// Which attacks are run, and for how long: what was asked for, held against what the target gives.
import { AncileError } from '../base/index.ts';
import type { Attack, Norm } from './attack.ts';
import type { Plan } from './attack-run.ts';
import type { Output, Target } from './target.ts';

/** Run where nobody names any, the first set of which all can be. */
const DEFAULTS: readonly (readonly string[])[] = [['pgd', 'apgd-ce', 'square'], ['square'], ['hopskipjump']];
/** From the least to the most telling. */
const OUTPUTS: readonly Output[] = ['labels', 'probabilities', 'logits'];

/** What of a target says which attacks it can be put to. */
type Asked = Pick<Target, 'gives' | 'gradients' | 'noGradients'>;

export interface PlanOptions {
  /** `pgd`, or with its own number of steps `pgd:100`. */
  readonly names?: readonly string[] | undefined;
  readonly norm: Norm;
  /** Iterations of attacks by gradients. */
  readonly steps?: number | undefined;
  /** Queries for each sample, of attacks by queries alone; no attack asks more. */
  readonly queries?: number | undefined;
}

/** Whether any of the attacks that are named follows gradients; without names those that do are run as well. */
export function wantsGradients(attacks: ReadonlyMap<string, Attack>, names: readonly string[] | undefined): boolean {
  if (names === undefined) return true;
  return names.some((text) => attacks.get(text.split(':')[0] ?? '')?.needs === 'gradients');
}

/** Whether a target gives what an attack needs at least. */
function serves(target: Asked, { needs }: Attack): boolean {
  if (needs === 'gradients') return target.gradients !== undefined;
  return OUTPUTS.indexOf(target.gives) >= OUTPUTS.indexOf(needs);
}

function select(attacks: ReadonlyMap<string, Attack>, target: Asked, norm: Norm): readonly string[] {
  const fits = (name: string): boolean => {
    const attack = attacks.get(name);
    return attack !== undefined && attack.norms.includes(norm) && serves(target, attack);
  };
  return DEFAULTS.map((names) => names.filter(fits)).find((names) => names.length > 0) ?? [];
}

function refuseTarget(attack: Attack, attacks: ReadonlyMap<string, Attack>, target: Asked, norm: Norm): AncileError {
  const others = [...attacks.values()]
    .filter((each) => serves(target, each) && each.norms.includes(norm))
    .map(({ name }) => name);
  const gives = target.gradients === undefined ? `${target.gives} and no gradients` : `${target.gives} and gradients`;
  const why = target.noGradients === undefined ? '' : `: ${target.noGradients.message}`;
  return new AncileError('usage', `${attack.name} needs ${attack.needs}, and the model gives ${gives}${why}`, {
    at: target.noGradients?.at ?? attack.name,
    hint:
      others.length === 0
        ? 'No attack by this norm can be run on it.'
        : `These can be run on it: ${others.join(', ')}.`,
  });
}

/**
 * @param attacks - those there are
 * @throws AncileError `usage` naming an attack that is not there, or that the target or the norm does not allow
 */
export function planAttacks(
  attacks: ReadonlyMap<string, Attack>,
  target: Asked,
  { names, norm, steps, queries }: PlanOptions,
): Plan[] {
  const wanted = names ?? select(attacks, target, norm);
  const plans = wanted.map((text): Plan => {
    const [name = '', own, more] = text.split(':');
    const attack = attacks.get(name);
    if (attack === undefined) {
      throw new AncileError('usage', `there is no attack ${name}`, {
        at: name,
        hint: `There are ${[...attacks.keys()].join(', ')}.`,
      });
    }
    if ((own !== undefined && !/^[1-9]\d{0,7}$/.test(own)) || more !== undefined) {
      throw new AncileError('usage', `--attacks: expected ${name}:STEPS, found ${text}`, { at: name });
    }
    if (!serves(target, attack)) throw refuseTarget(attack, attacks, target, norm);
    if (!attack.norms.includes(norm)) {
      throw new AncileError('usage', `${name} is not defined for ${norm}`, {
        at: name,
        hint: `--norm ${attack.norms.join(' or ')}.`,
      });
    }
    const isWhite = attack.needs === 'gradients';
    const planned = own === undefined ? ((isWhite ? steps : queries) ?? attack.defaultSteps) : Number(own);
    return { attack, steps: isWhite ? planned : Math.min(planned, queries ?? planned) };
  });
  const twice = plans.find(({ attack }, i) => plans.findIndex((each) => each.attack === attack) !== i);
  if (twice !== undefined)
    throw new AncileError('usage', `${twice.attack.name} is named twice`, { at: twice.attack.name });
  return plans;
}
