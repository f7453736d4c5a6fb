// What containment makes stricter: for what a `tighten` covers, further policies rule besides those of the configuration.
import type { Affected, Restraint, Restraints } from '../access/index.ts';
import { FlowMode } from '../contract/index.ts';
import type { Pipeline } from '../guard/index.ts';
import { type Addition, type Policies, joinPolicies } from '../policy/index.ts';
import type { FlowParts } from './llm/flow.ts';

/** Joined sets that are kept: what is contained changes seldom. */
const KEPT = 16;

/** What judges an exchange. */
export interface Judging {
  readonly policies: Policies;
  readonly pipeline: Pipeline;
  readonly flow?: FlowParts;
}

export interface TightenParts {
  readonly restraints: Restraints;
  /** The policies in force, which rule an exchange to its end. */
  readonly policies: () => Policies;
  /** The policies of a name that was contained by. Never fails: what cannot be read any more is stood in for by the strictest. */
  readonly setNamed: (name: string) => Policies;
  readonly pipelineOf: (policies: Policies) => Pipeline;
  readonly flow: FlowParts | undefined;
}

/** @returns what judges that something stricter than usual; undefined where nothing does */
export type Tighten = (affected: Affected) => Judging | undefined;

function toAddition({ id, with: values }: Restraint, setNamed: TightenParts['setNamed']): Addition {
  const { policy, flow } = values ?? {};
  const mode = FlowMode.safeParse(flow);
  return {
    label: `containment.${id}`,
    ...(typeof policy === 'string' ? { policies: setNamed(policy) } : {}),
    ...(mode.success ? { mode: mode.data } : {}),
  };
}

export function createTighten({ restraints, policies, setNamed, pipelineOf, flow }: TightenParts): Tighten {
  const kept = new Map<string, Judging>();
  return (affected) => {
    const covering = restraints.findAll('tighten', affected);
    if (covering.length === 0) return undefined;
    const own = policies();
    const key = [own.version, ...covering.map(({ id }) => id)].join(' ');
    const known = kept.get(key);
    if (known !== undefined) return known;
    const joined = joinPolicies(own, covering.map((each) => toAddition(each, setNamed))); // prettier-ignore
    const judging: Judging = {
      policies: joined,
      pipeline: pipelineOf(joined),
      ...(flow === undefined ? {} : { flow: { ...flow, settings: { ...flow.settings, policies: joined } } }),
    };
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, judging);
    return judging;
  };
}

/** The parts that something is judged with: as always, or stricter. */
export function tightened<T extends { readonly tighten?: Tighten }>(parts: T, affected: Affected): T {
  const judging = parts.tighten?.(affected);
  return judging === undefined ? parts : { ...parts, ...judging };
}
