// The approvals that an exchange waited for, as steps of it.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Approval } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Time } from '../../parts/time.tsx';
import { Step } from './step.tsx';

const TITLES: Readonly<Record<Approval['state'], string>> = {
  pending: 'Waits for an approval',
  approved: 'Approved, not used yet',
  denied: 'Denied by a person',
  expired: 'Nobody decided in time',
  used: 'Approved by a person',
};

interface ApprovalStepsProps {
  readonly approvals: readonly Approval[];
  readonly direction: Approval['direction'];
}

export function ApprovalSteps({ approvals, direction }: ApprovalStepsProps): ReactNode {
  return approvals
    .filter((approval) => approval.direction === direction)
    .map((approval) => (
      <Step key={approval.id} icon="approvals" action="hold" title={TITLES[approval.state]} time={approval.requested}>
        {approval.decided !== undefined && (
          <p>
            <OutsideText text={approval.decided.actor} />, <Time time={approval.decided.time} />
            {approval.decided.note !== undefined && (
              <>
                : <OutsideText text={approval.decided.note} />
              </>
            )}
          </p>
        )}
        <p>
          <Link to="/approvals/$id" params={{ id: approval.id }}>
            See the approval
          </Link>
        </p>
      </Step>
    ));
}
