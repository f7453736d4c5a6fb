// A policy set with others besides it: each is asked, and the strictest answer rules. So nothing that is added can loosen anything.
import { createHash } from 'node:crypto';
import { type Action, type FlowMode, type OnFault, stricter } from '../contract/index.ts';
import { byStrictness } from './compile.ts';
import type { Policies, Ruling } from './ruling.ts';

/** What is asked besides. */
export interface Addition {
  /** Before the ids of its policies, so that decisions say where they come from. */
  readonly label: string;
  /** A set whose answers count as well. */
  readonly policies?: Policies;
  /** Calls of tools are asked about in this mode of flow control as well. */
  readonly mode?: FlowMode;
}

const FAULTS: readonly OnFault[] = ['allow', 'flag', 'deny'];
const worse = (a: OnFault, b: OnFault): OnFault => (FAULTS.indexOf(a) >= FAULTS.indexOf(b) ? a : b);

/** What an addition answers, under its label. What merely passes there says nothing. */
function labelled(label: string, { policies, ...ruling }: Ruling): Ruling {
  const told = policies.filter(({ action }) => action !== 'allow');
  return { ...ruling, policies: told.map((policy) => ({ ...policy, id: `${label}/${policy.id}` })) };
}

function strictest(own: Ruling, others: readonly Ruling[]): Ruling {
  const action = others.reduce<Action>((worst, each) => stricter(worst, each.action), own.action);
  const deciding = [own, ...others].filter((each) => each.action === action);
  const policies = [own, ...others].flatMap((each) => each.policies).sort(byStrictness);
  return {
    action,
    policies,
    faults: [own, ...others].flatMap(({ faults }) => faults),
    // A second try stands in only for those who ask for one.
    reask: deciding.every(({ reask }) => reask),
    ...(own.shadow === undefined ? {} : { shadow: own.shadow }),
  };
}

/** Policies with others besides them: the stricter answer wins, always. */
export function joinPolicies(own: Policies, additions: readonly Addition[]): Policies {
  const sets = additions.flatMap(({ label, policies }) => (policies === undefined ? [] : [{ label, policies }]));
  const ask = (question: (policies: Policies) => Ruling): Ruling =>
    strictest(question(own), sets.map(({ label, policies }) => labelled(label, question(policies)))); // prettier-ignore
  const fault = (stage: keyof Policies['onFault']): OnFault =>
    sets.map(({ policies }) => policies.onFault[stage]).reduce(worse, own.onFault[stage]);
  const versions = [own.version, ...sets.map(({ policies }) => policies.version)];
  return {
    name: own.name,
    files: own.files,
    version: sets.length === 0 ? own.version : createHash('sha256').update(versions.join('\n')).digest('hex'),
    onFault: { detect: fault('detect'), policy: fault('policy'), ledger: fault('ledger'), budget: fault('budget') },
    ruleFinding: (subject, question) => ask((policies) => policies.ruleFinding(subject, question)),
    ruleExchange: (subject, question) => ask((policies) => policies.ruleExchange(subject, question)),
    ruleArtifact: (subject, question) => ask((policies) => policies.ruleArtifact(subject, question)),
    ruleToolCall(subject, question) {
      const ruled = own.ruleToolCall(subject, question);
      const others = additions.flatMap(({ label, policies, mode }) => {
        const asked = mode === undefined || mode === question.mode ? [question] : [question, { ...question, mode }];
        const answers = asked.map((each) => policies?.ruleToolCall(subject, each));
        // In the mode of the configuration as well: modes are no scale.
        if (asked[1] !== undefined) answers.push(own.ruleToolCall(subject, asked[1]));
        return answers.filter((answer) => answer !== undefined).map((answer) => labelled(label, answer));
      });
      return strictest(ruled, others);
    },
    mayEnforce: (subject, direction, sketch) =>
      [own, ...sets.map(({ policies }) => policies)].some((each) => each.mayEnforce(subject, direction, sketch)),
  };
}
