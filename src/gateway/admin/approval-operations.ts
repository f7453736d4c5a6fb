// Held things, and the yes or no of a person.
import type { ApprovalBook } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { Approval } from '../../contract/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;

export interface ApprovalParts {
  readonly approvals: ApprovalBook;
  readonly record: RecordChange;
}

export function approvalOperations({
  approvals,
  record,
}: ApprovalParts): Pick<Operations, 'listApprovals' | 'readApproval' | 'decideApproval'> {
  async function find(id: string): Promise<Approval> {
    const approval = await approvals.get(id);
    if (approval === undefined) throw new AncileError('not_found', 'there is no such approval', { at: 'id' });
    return approval;
  }

  return {
    async listApprovals({ state, limit = DEFAULT_LIMIT }) {
      return { approvals: await approvals.list({ ...(state === undefined ? {} : { state }), limit }) };
    },
    async readApproval({ id }, { actor }) {
      const approval = await find(id);
      // On record before a word of it is shown.
      await record(actor, 'evidence.read', id);
      return { approval, texts: await approvals.readTexts(id) };
    },
    async decideApproval({ id, verdict, note }, { actor }) {
      return approvals.decide(id, verdict, actor.name, note);
    },
  };
}
