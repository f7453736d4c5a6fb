// How a denial is told to the caller: which policies, why, and what can be done; never what was found in words.
import { AncileError } from '../base/index.ts';
import { type Approval, type Decision, type Direction, isDenial } from '../contract/index.ts';

/** The id by which a ruling names the failure of the policy engine itself. */
const POLICY_FAULT = '(fault)';

/** The header in which an answer to a held request names its approval. */
export const APPROVAL_HEADER = 'x-ancile-approval';

/** As much of an approval as its requester is told. */
export type AskedApproval = Pick<Approval, 'id' | 'state' | 'expires'>;

const HINTS = {
  blocked_by_policy: 'Your security team can look up why.',
  held_for_approval: 'A person must approve it and nobody can be asked here, so it was denied.',
  guard_fault: 'An inspection stage failed and policy says to deny then; try again later.',
  policy_fault: 'Policy evaluation failed and policy says to deny then; try again later.',
} as const;

/** What a requester can do, by what became of the asking. */
function approvalHint({ state, expires }: AskedApproval, direction: Direction): string {
  switch (state) {
    case 'pending':
      return direction === 'input'
        ? `A person is asked. Send the same request again once it is approved, before ${expires}.`
        : 'A person was asked about this answer and did not decide in time; another answer is asked about anew.';
    case 'denied':
      return `A person said no. The same is not asked about again before ${expires}.`;
    case 'expired':
      return 'Nobody decided in time. Send it again to ask anew.';
    case 'approved':
    case 'used':
      return 'Its approval was used by another sending of the same. Send it again to ask anew.';
  }
}

/** The code that a denial is told by: a stage that failed closed is a fault, not a verdict on the text. */
function denialCode(decision: Decision): 'blocked_by_policy' | 'held_for_approval' | 'guard_fault' | 'policy_fault' {
  const ruled = decision.policies.find(({ id, action }) => isDenial(action) && id !== POLICY_FAULT);
  if (ruled === undefined) {
    const failed = decision.stages.find((stage) => stage.status === 'failed' && stage.onFault === 'deny');
    if (failed !== undefined) return failed.stage === 'policy' ? 'policy_fault' : 'guard_fault';
  }
  return decision.action === 'hold' ? 'held_for_approval' : 'blocked_by_policy';
}

/**
 * A denial as the error that the caller is given.
 * @param approval - of a held thing, where a person was asked
 */
export function toDenial(decision: Decision, direction: Direction, approval?: AskedApproval): AncileError {
  const code = denialCode(decision);
  const reasons = decision.policies
    .filter((policy) => isDenial(policy.action))
    .map((policy) => (policy.reason === '' ? policy.id : `${policy.reason} (${policy.id})`));
  const what = direction === 'input' ? 'the request' : "the model's answer";
  const why = reasons.length === 0 ? 'a stage of the inspection failed' : reasons.join('; ');
  const isHeld = code === 'held_for_approval';
  const asked = isHeld && approval !== undefined ? approval : undefined;
  const named = asked === undefined ? '' : ` (approval ${asked.id}, ${asked.state})`;
  return new AncileError(code, `${what} was ${isHeld ? 'held' : 'blocked'}${named}: ${why}`, {
    hint: asked === undefined ? HINTS[code] : approvalHint(asked, direction),
  });
}
