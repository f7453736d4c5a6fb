// Held things and the people who decide on them.
import { z } from 'zod';
import { Approval, ApprovalState, HeldText, Verdict } from '../approval.ts';
import { GrantTerms, ToolGrant } from '../grant.ts';
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
  grantApproval: defineEndpoint({
    method: 'POST',
    path: '/approvals/:id/grant',
    needs: 'approvals.decide',
    summary: 'Yes to a held tool call, and to calls like it: for a session or a key, for a time, so many times.',
    input: z.strictObject({ id: z.string(), terms: GrantTerms, note: z.string().max(1000).optional() }),
    answer: z.object({ approval: Approval, grant: ToolGrant }),
  }),
  listGrants: defineEndpoint({
    method: 'GET',
    path: '/grants',
    needs: 'traffic.read',
    summary: 'Grants, newest first; without `all` those in force.',
    input: z.strictObject({ all: z.enum(['true', 'false']).optional() }),
    answer: z.object({ grants: z.array(ToolGrant) }),
  }),
  revokeGrant: defineEndpoint({
    method: 'POST',
    path: '/grants/:id/revoke',
    needs: 'approvals.decide',
    summary: 'Takes a grant back: no call passes by it any more.',
    input: z.strictObject({ id: z.string(), note: z.string().max(1000).optional() }),
    answer: ToolGrant,
  }),
};
