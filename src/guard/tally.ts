// Gathers rulings and stage reports of one direction of an exchange into its Decision.
import {
  type Action,
  type Decision,
  type Finding,
  type FindingClass,
  type PolicyRef,
  type StageReport,
  type Uninspected,
  stricter,
  ACTIONS,
} from '../contract/index.ts';
import type { ExchangeQuestion, Policies, Ruling, Subject } from '../policy/index.ts';

/** What a fault does to the exchange, by the stage's `onFault`. */
const FAULT_ACTION = { deny: 'block', flag: 'flag', allow: 'allow' } as const;

const byStrictness = (a: PolicyRef, b: PolicyRef): number => ACTIONS.indexOf(b.action) - ACTIONS.indexOf(a.action);

export class Tally {
  readonly findings: Finding[] = [];
  readonly #policies: Policies;
  readonly #subject: Subject;
  readonly #question: Omit<ExchangeQuestion, 'classes'>;
  readonly #classes = new Set<FindingClass>();
  readonly #uninspected: Set<Uninspected>;
  readonly #refs = new Map<string, PolicyRef>();
  readonly #stages = new Map<string, StageReport>();
  #action: Action = 'allow';
  #shadow: { action: Action; refs: Map<string, PolicyRef> } | undefined;

  constructor(policies: Policies, subject: Subject, question: Omit<ExchangeQuestion, 'classes'>) {
    this.#policies = policies;
    this.#subject = subject;
    this.#question = question;
    this.#uninspected = new Set(question.uninspected);
    this.#ruleExchange();
  }

  get action(): Action {
    return this.#action;
  }

  /**
   * Rules on one finding and keeps it.
   * @param cap - an action that the finding cannot exceed (a detector of unbounded reach may only flag on a stream)
   * @returns what is to happen: the stricter of the ruling on the finding itself and, where the finding brings a
   *   class that the exchange had not, the ruling on the exchange
   */
  add(finding: Finding, cap?: 'flag'): Action {
    this.findings.push(finding);
    const ruling = this.#policies.ruleFinding(this.#subject, {
      direction: this.#question.direction,
      channel: finding.channel,
      rule: finding.rule,
      class: finding.class,
      severity: finding.severity,
      score: finding.score,
    });
    if (cap !== undefined) {
      const capped = ACTIONS.indexOf(ruling.action) > ACTIONS.indexOf(cap) ? cap : ruling.action;
      this.#take({ ...ruling, action: capped });
      return capped;
    }
    this.#take(ruling);
    if (this.#classes.has(finding.class)) return ruling.action;
    this.#classes.add(finding.class);
    return stricter(ruling.action, this.#ruleExchange());
  }

  /** Notes a stage that failed and does to the exchange what the policy set says. */
  fault(report: StageReport, stage: 'detect' | 'budget' = 'detect'): Action {
    const onFault = this.#policies.onFault[stage];
    this.#report({ ...report, onFault });
    const action = FAULT_ACTION[onFault];
    this.#action = stricter(this.#action, action);
    return action;
  }

  #report(report: StageReport): void {
    this.#stages.set(`${report.stage} ${report.status}`, report);
  }

  /** Adds kinds of parts that nobody read, and rules on the exchange anew where there are new ones. */
  noteUninspected(kinds: readonly Uninspected[]): Action {
    const before = this.#uninspected.size;
    for (const kind of kinds) this.#uninspected.add(kind);
    return this.#uninspected.size === before ? this.#action : this.#ruleExchange();
  }

  decision(): Decision {
    const decision: Decision = {
      action: this.#action,
      policies: [...this.#refs.values()].sort(byStrictness),
      stages: [
        ...this.#stages.values(),
        // What nobody could read was passed over, and the decision says so.
        ...[...this.#uninspected].map((kind) => ({ stage: `detect.${kind}`, status: 'skipped' as const })),
      ],
      policyVersion: this.#policies.version,
    };
    if (this.#shadow !== undefined) {
      decision.shadow = { action: this.#shadow.action, policies: [...this.#shadow.refs.values()].sort(byStrictness) };
    }
    return decision;
  }

  #ruleExchange(): Action {
    const ruling = this.#policies.ruleExchange(this.#subject, {
      ...this.#question,
      classes: [...this.#classes].sort(),
      uninspected: [...this.#uninspected].sort(),
    });
    this.#take(ruling);
    return ruling.action;
  }

  #take(ruling: Ruling): void {
    this.#action = stricter(this.#action, ruling.action);
    for (const ref of ruling.policies) this.#refs.set(ref.id, ref);
    for (const fault of ruling.faults) {
      this.#report({ stage: 'policy', status: 'failed', detail: fault, onFault: this.#policies.onFault.policy });
    }
    if (ruling.shadow !== undefined) {
      this.#shadow ??= { action: 'allow', refs: new Map() };
      this.#shadow.action = stricter(this.#shadow.action, ruling.shadow.action);
      for (const ref of ruling.shadow.policies) this.#shadow.refs.set(ref.id, ref);
    }
  }
}
