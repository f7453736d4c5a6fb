// Held things, and the yes or no of a person.
import type { ApprovalBook, GrantBook } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { Approval } from '../../contract/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;

export interface ApprovalParts {
  readonly approvals: ApprovalBook;
  readonly grants: GrantBook;
  readonly record: RecordChange;
}

export function approvalOperations({
  approvals,
  grants,
  record,
}: ApprovalParts): Pick<
  Operations,
  'listApprovals' | 'readApproval' | 'decideApproval' | 'grantApproval' | 'listGrants' | 'revokeGrant'
> {
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
    async grantApproval({ id, terms, note }, { actor }) {
      const approval = await find(id);
      if (approval.state !== 'pending') {
        throw new AncileError('conflict', `there is nothing to decide: it is ${approval.state}`, { at: 'id' });
      }
      grants.check(approval, terms);
      const decided = await approvals.decide(id, 'approve', actor.name, note);
      return { approval: decided, grant: await grants.make(decided, terms, actor.name, note) };
    },
    listGrants: async ({ all }) => ({ grants: grants.list(all === 'true') }),
    revokeGrant: ({ id, note }, { actor }) => grants.revoke(id, actor.name, note),
  };
}
