// What containment makes of what would pass: held for a person, and kept from an upstream.
import { type Affected, type Restraint, type Restraints, restrainsTool, toFrozen } from '../access/index.ts';
import { type Decision, type PolicyRef, stricter } from '../contract/index.ts';

/** Where something is held until somebody says yes, this is the policy that its decision names. */
function toPolicy(id: string): PolicyRef {
  return { id: `containment.${id}`, action: 'hold', reason: 'held while an incident is looked into' };
}

/** A decision, at least a hold where one covers it. */
export function withHold(restraints: Restraints, affected: Affected, decision: Decision): Decision {
  const held = restraints.find('hold', affected);
  if (held === undefined) return decision;
  const action = stricter(decision.action, 'hold');
  const policy = toPolicy(held.id);
  const policies = action === 'hold' ? [policy, ...decision.policies] : [...decision.policies, policy];
  return { ...decision, action, policies };
}

/** The freeze of a tool that a model proposes to call, where there is one. */
export function findFrozenTool(restraints: Restraints, affected: Affected, name: string): Restraint | undefined {
  return restraints.list().find((each) => each.effect === 'freeze' && restrainsTool(each, affected, name));
}

/** Whether egress to an upstream is cut, for what else is known of what would go there. */
export function isCutOff(restraints: Restraints, affected: Affected, upstream: string): boolean {
  return restraints.find('freeze', { ...affected, upstream }) !== undefined;
}

/** Those that egress is not cut to. @throws AncileError `frozen` where none is left */
export function notCutOff<T>(
  restraints: Restraints,
  affected: Affected,
  targets: readonly T[],
  upstreamOf: (target: T) => string,
): readonly T[] {
  const left = targets.filter((target) => !isCutOff(restraints, affected, upstreamOf(target)));
  if (left.length === 0 && targets.length > 0) throw toFrozen();
  return left;
}
