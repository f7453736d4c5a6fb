// What `ancile policy check` shows: everything wrong with a set, and what each obligation applies to.
import { ACTIONS, FindingClass, type Action, type Channel, type Direction, type OnFault } from '../contract/index.ts';
import { readPolicySet } from './load.ts';
import { parsePolicies, startOf } from './parse.ts';
import { createPolicies } from './policies.ts';
import type { PolicyProblem } from './problem.ts';
import type { Policies, Subject } from './ruling.ts';

/** What one policy is, for a reader. */
export interface PolicySummary {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly action: Action;
  readonly reason: string;
  readonly maturity?: string;
  readonly reask: boolean;
  readonly asks: readonly string[];
  readonly at: string;
}

/** The actions that findings of a class meet, from the least (info, score 0) to the most certain and severe. */
export interface ClassSummary {
  readonly direction: Direction;
  readonly channel: Channel;
  readonly class: FindingClass;
  readonly actions: readonly Action[];
}

export interface PolicyCheckReport {
  /** Whether the set can be loaded. */
  readonly ok: boolean;
  readonly problems: readonly PolicyProblem[];
  readonly summary?: {
    readonly name: string;
    readonly version: string;
    readonly digest: string;
    readonly onFault: Readonly<Record<string, OnFault>>;
    readonly policies: readonly PolicySummary[];
    /** Sampled over severities and scores, for a rule and a principal that no policy names. */
    readonly findings: readonly ClassSummary[];
  };
}

const PLACES: readonly (readonly [Direction, Channel])[] = [
  ['input', 'system'],
  ['input', 'user'],
  ['input', 'tool_description'],
  ['input', 'tool_result'],
  ['input', 'document'],
  ['output', 'output'],
  ['output', 'tool_argument'],
];
const ANYONE: Subject = {
  principal: { id: '-', kind: 'service', name: '-', tenant: '-' },
  route: '-',
  surface: 'openai.chat',
};

function summariseFindings(policies: Policies): ClassSummary[] {
  return PLACES.flatMap(([direction, channel]) =>
    FindingClass.options.map((name) => {
      const met = new Set<Action>();
      for (const severity of ['info', 'medium', 'critical'] as const) {
        for (const score of [0, 0.5, 1]) {
          met.add(policies.ruleFinding(ANYONE, { direction, channel, rule: '-', class: name, severity, score }).action);
        }
      }
      return { direction, channel, class: name, actions: ACTIONS.filter((action) => met.has(action)) };
    }),
  );
}

/** Checks the policy set of a folder. Never throws for what is wrong with the set: that is its answer. */
export function checkPolicySet(folder: string): PolicyCheckReport {
  const { source, problems: unread } = readPolicySet(folder);
  if (source === undefined) return { ok: false, problems: unread };
  const { policies, problems } = parsePolicies(source.sources);
  if (problems.some((problem) => problem.severity === 'error')) return { ok: false, problems };
  const loaded = createPolicies(source);
  return {
    ok: true,
    problems,
    summary: {
      name: source.manifest.name,
      version: source.manifest.version,
      digest: loaded.version,
      onFault: loaded.onFault,
      policies: policies.map((policy) => ({
        id: policy.id,
        effect: policy.effect,
        action: policy.action,
        reason: policy.reason,
        ...(policy.maturity === undefined ? {} : { maturity: policy.maturity }),
        reask: policy.reask,
        asks: policy.asks,
        at: startOf(policy),
      })),
      findings: summariseFindings(loaded),
    },
  };
}
