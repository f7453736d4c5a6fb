// Gathers rulings and stage reports of one direction of an exchange into its Decision.
import {
  type Action,
  type Decision,
  type Finding,
  type FindingClass,
  type OnFault,
  type PolicyRef,
  type StageReport,
  type Uninspected,
  isDenial,
  stricter,
  ACTIONS,
} from '../contract/index.ts';
import type { ExchangeQuestion, Policies, Ruling, Subject } from '../policy/index.ts';

/** What a fault does to the exchange, by the stage's `onFault`. */
const FAULT_ACTION = { deny: 'block', flag: 'flag', allow: 'allow' } as const;

const byStrictness = (a: PolicyRef, b: PolicyRef): number => ACTIONS.indexOf(b.action) - ACTIONS.indexOf(a.action);

const NONE: ReadonlySet<never> = new Set();

/** What a finding came to: with what it makes of the exchange, and by itself. */
export interface FindingRuling {
  readonly action: Action;
  readonly own: Action;
}

/** Most exchanges have one ruling and no finding: what holds the rest is made when there is any. */
export class Tally {
  readonly findings: Finding[] = [];
  readonly #policies: Policies;
  readonly #subject: Subject;
  readonly #question: Omit<ExchangeQuestion, 'classes'>;
  #classes: Set<FindingClass> | undefined;
  #uninspected: Set<Uninspected> | undefined;
  #stages: Map<string, StageReport> | undefined;
  #refs: readonly PolicyRef[] = [];
  #action: Action = 'allow';
  #shadow: { action: Action; refs: readonly PolicyRef[] } | undefined;
  readonly #reaskable: boolean;
  /** A policy asks for a second try of the model; one that denies without asking for it is final. */
  #wantsReask = false;
  #final = false;

  /** @param reaskable - the model can still be asked once more: a first, whole answer */
  constructor(policies: Policies, subject: Subject, question: Omit<ExchangeQuestion, 'classes'>, reaskable = false) {
    this.#reaskable = reaskable;
    this.#policies = policies;
    this.#subject = subject;
    this.#question = question;
    if (question.uninspected.length > 0) this.#uninspected = new Set(question.uninspected);
    this.#ruleExchange();
  }

  get action(): Action {
    return this.#action;
  }

  /** Whether the model is to be asked once more before what was ruled is done. */
  get reask(): boolean {
    return this.#reaskable && this.#wantsReask && !this.#final;
  }

  /**
   * Rules on one finding and keeps it.
   * @param cap - an action that the finding cannot exceed (a detector of unbounded reach may only flag on a stream)
   * @returns `action`, what is to happen: the stricter of the ruling on the finding itself (`own`) and, where the
   *   finding brings a class that the exchange had not, the ruling on the exchange
   */
  add(finding: Finding, cap?: 'flag'): FindingRuling {
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
      return { action: capped, own: capped };
    }
    this.#take(ruling);
    this.#classes ??= new Set();
    const own = ruling.action;
    if (this.#classes.has(finding.class)) return { action: own, own };
    this.#classes.add(finding.class);
    return { action: stricter(own, this.#ruleExchange()), own };
  }

  /**
   * Notes a stage that failed and does to the exchange what is to be done then.
   * @param onFault - a choice of the stage's own; else that of the policy set for detectors holds
   */
  fault(report: StageReport, onFault: OnFault = this.#policies.onFault.detect): Action {
    this.#report({ ...report, onFault });
    const action = FAULT_ACTION[onFault];
    this.#action = stricter(this.#action, action);
    if (isDenial(action)) this.#final = true;
    return action;
  }

  /** Notes what a stage did or did not do, where that is no failure. */
  note(report: StageReport): void {
    this.#report(report);
  }

  /** Adds kinds of parts that nobody read, and rules on the exchange anew where there are new ones. */
  noteUninspected(kinds: readonly Uninspected[]): Action {
    if (kinds.length === 0) return this.#action;
    this.#uninspected ??= new Set();
    const before = this.#uninspected.size;
    for (const kind of kinds) this.#uninspected.add(kind);
    return this.#uninspected.size === before ? this.#action : this.#ruleExchange();
  }

  decision(): Decision {
    // What nobody could read was passed over, and the decision says so.
    const skipped = [...(this.#uninspected ?? NONE)].map((kind) => ({
      stage: `detect.${kind}`,
      status: 'skipped' as const,
    }));
    const decision: Decision = {
      action: this.#action,
      policies: [...this.#refs].sort(byStrictness),
      stages: [...(this.#stages?.values() ?? []), ...skipped],
      policyVersion: this.#policies.version,
    };
    if (this.reask) decision.reask = true;
    if (this.#shadow !== undefined) {
      decision.shadow = { action: this.#shadow.action, policies: [...this.#shadow.refs].sort(byStrictness) };
    }
    return decision;
  }

  #ruleExchange(): Action {
    const ruling = this.#policies.ruleExchange(this.#subject, {
      ...this.#question,
      classes: [...(this.#classes ?? NONE)],
      uninspected: [...(this.#uninspected ?? NONE)],
    });
    this.#take(ruling);
    return ruling.action;
  }

  #report(report: StageReport): void {
    this.#stages ??= new Map();
    this.#stages.set(`${report.stage} ${report.status}`, report);
  }

  #take(ruling: Ruling): void {
    this.#action = stricter(this.#action, ruling.action);
    this.#refs = joinRefs(this.#refs, ruling.policies);
    if (ruling.reask) this.#wantsReask = true;
    else if (isDenial(ruling.action)) this.#final = true;
    for (const fault of ruling.faults) {
      this.#report({ stage: 'policy', status: 'failed', detail: fault, onFault: this.#policies.onFault.policy });
    }
    if (ruling.shadow !== undefined) {
      const { action, policies } = ruling.shadow;
      this.#shadow = {
        action: stricter(this.#shadow?.action ?? 'allow', action),
        refs: joinRefs(this.#shadow?.refs ?? [], policies),
      };
    }
  }
}

/** Both, each policy once. */
function joinRefs(refs: readonly PolicyRef[], more: readonly PolicyRef[]): readonly PolicyRef[] {
  if (refs.length === 0) return more;
  const fresh = more.filter(({ id }) => !refs.some((ref) => ref.id === id));
  return fresh.length === 0 ? refs : [...refs, ...fresh];
}
