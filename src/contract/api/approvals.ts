// Held things and the people who decide on them.
import { z } from 'zod';
import { Approval, ApprovalState, HeldText, Verdict } from '../approval.ts';
import { defineEndpoint } from './endpoint.ts';

export const approvalsApi = {
  listApprovals: defineEndpoint({
    method: 'GET',
    path: '/approvals',
    needs: 'traffic.read',
    summary: 'Held things, newest first.',
    input: z.strictObject({
      state: ApprovalState.optional(),
      limit: z.coerce.number().int().min(1).max(1000).optional(),
    }),
    answer: z.object({ approvals: z.array(Approval) }),
  }),
  readApproval: defineEndpoint({
    method: 'POST',
    path: '/approvals/:id/read',
    needs: 'approvals.decide',
    summary: 'A held thing with its texts, while it is undecided. That they were read is a record.',
    input: z.strictObject({ id: z.string() }),
    answer: z.object({ approval: Approval, texts: z.array(HeldText) }),
  }),
  decideApproval: defineEndpoint({
    method: 'POST',
    path: '/approvals/:id/decision',
    needs: 'approvals.decide',
    summary: 'Yes or no, once.',
    input: z.strictObject({ id: z.string(), verdict: Verdict, note: z.string().max(1000).optional() }),
    answer: Approval,
  }),
};
