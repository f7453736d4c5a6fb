// One recorded exchange ruled anew: what a set would have said of what the detectors saw then.
import {
  type Action,
  type Capability,
  type Decision,
  type Direction,
  type ExchangeClosed,
  type ExchangeOpened,
  type Finding,
  type FindingClass,
  type PolicyRef,
  Uninspected,
  isDenial,
  stricter,
} from '../contract/index.ts';
import type { Policies, Ruling, Subject } from './ruling.ts';

/** A set's word on one exchange, both directions. */
export interface RecordRuling {
  readonly action: Action;
  /** Ids of the policies that made it. */
  readonly policies: readonly string[];
}

const FAULT_ACTION = { deny: 'block', flag: 'flag', allow: 'allow' } as const;
const DETECT = 'detect.';

/** Kinds of parts that nobody read: the record's own word, else its decision's skipped stages. */
function uninspectedOf(decision: Decision): Uninspected[] {
  return decision.stages.flatMap(({ stage, status }) => {
    if (status !== 'skipped' || !stage.startsWith(DETECT)) return [];
    const kind = Uninspected.safeParse(stage.slice(DETECT.length));
    return kind.success ? [kind.data] : [];
  });
}

/** Gathers rulings as the guard's tally does, without the exchange. */
class Gathered {
  action: Action = 'allow';
  readonly ids = new Set<string>();

  take(action: Action, refs: readonly PolicyRef[]): void {
    this.action = stricter(this.action, action);
    for (const ref of refs) this.ids.add(ref.id);
  }
}

interface Seen {
  readonly direction: Direction;
  readonly stream: boolean;
  readonly findings: readonly Finding[];
  readonly decision: Decision;
  readonly capabilities: readonly Capability[];
}

function ruleDirection(policies: Policies, subject: Subject, seen: Seen, into: Gathered): void {
  const { direction, stream, findings, decision, capabilities } = seen;
  const uninspected = uninspectedOf(decision);
  const classes = new Set<FindingClass>();
  const take = (ruling: Ruling): void => into.take(ruling.action, ruling.policies);
  const ruleExchange = (): void =>
    take(policies.ruleExchange(subject, { direction, stream, classes: [...classes], uninspected, capabilities }));
  ruleExchange();
  for (const finding of findings) {
    const { channel, rule, severity, score } = finding;
    take(policies.ruleFinding(subject, { direction, channel, rule, class: finding.class, severity, score }));
    if (classes.has(finding.class)) continue;
    classes.add(finding.class);
    ruleExchange();
  }
  for (const { stage, status } of decision.stages) {
    if (status !== 'failed') continue;
    if (stage.startsWith(DETECT)) into.take(FAULT_ACTION[policies.onFault.detect], []);
    if (stage === 'budget') into.take(policies.onFault.budget === 'flag' ? 'flag' : 'allow', []);
  }
}

/**
 * Rules on what was recorded of an exchange. A set that would have let through what was stopped is asked about what is
 * on record only: there is no answer to a request that was denied.
 */
export function ruleRecords(
  policies: Policies,
  opened: ExchangeOpened,
  closed: ExchangeClosed | undefined,
): RecordRuling {
  const { principal, route, surface, stream } = opened.exchange;
  const subject: Subject = { principal, route, surface };
  const gathered = new Gathered();
  const { findings, decision, capabilities = [] } = opened;
  ruleDirection(policies, subject, { direction: 'input', stream, findings, decision, capabilities }, gathered);
  if (closed?.decision !== undefined && !isDenial(gathered.action)) {
    const answer = { findings: closed.findings, decision: closed.decision, capabilities: [] };
    ruleDirection(policies, subject, { direction: 'output', stream, ...answer }, gathered);
  }
  return { action: gathered.action, policies: [...gathered.ids] };
}
