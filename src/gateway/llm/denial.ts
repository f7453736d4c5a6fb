// How a denial is told to the caller: which policies, why, and what can be done; never what was found in words.
import { AncileError } from '../../base/index.ts';
import type { Decision, Direction } from '../../contract/index.ts';
import { denialCode } from './run.ts';

const HINTS = {
  blocked_by_policy: 'The exchange id in x-ancile-exchange leads your security team to the record of it.',
  held_for_approval: 'A person must approve it and nobody can be asked here, so it was denied.',
  guard_fault: 'An inspection stage failed and policy says to deny then; try again later.',
  policy_fault: 'Policy evaluation failed and policy says to deny then; try again later.',
} as const;

export function toDenial(decision: Decision, direction: Direction): AncileError {
  const code = denialCode(decision);
  const reasons = decision.policies
    .filter((policy) => policy.action === 'block' || policy.action === 'hold')
    .map((policy) => (policy.reason === '' ? policy.id : `${policy.reason} (${policy.id})`));
  const what = direction === 'input' ? 'the request' : "the model's answer";
  const why = reasons.length === 0 ? 'a stage of the inspection failed' : reasons.join('; ');
  return new AncileError(code, `${what} was ${code === 'held_for_approval' ? 'held' : 'blocked'}: ${why}`, {
    hint: HINTS[code],
  });
}
