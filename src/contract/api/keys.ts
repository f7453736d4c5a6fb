// Virtual keys and what has been used of their budgets.
import { z } from 'zod';
import { Budget, KeyInfo, KeyRequest } from '../key.ts';
import { defineEndpoint } from './endpoint.ts';

const Amounts = z.object({ requests: z.number(), tokens: z.number(), costMicros: z.number() });

export const BudgetUse = z.object({
  budget: Budget,
  /** ISO 8601; `ends` is absent where the window never does. */
  starts: z.string(),
  ends: z.string().optional(),
  charged: Amounts,
  reserved: Amounts,
  /** What was used in the window so far, hour by hour (a window of a day) or day by day; running totals. */
  series: z.array(z.object({ time: z.string(), ...Amounts.shape })),
});
export type BudgetUse = z.infer<typeof BudgetUse>;

export const keysApi = {
  listKeys: defineEndpoint({
    method: 'GET',
    path: '/keys',
    needs: 'traffic.read',
    summary: 'All keys, never the key itself.',
    input: z.strictObject({}),
    answer: z.object({ keys: z.array(KeyInfo) }),
  }),
  createKey: defineEndpoint({
    method: 'POST',
    path: '/keys',
    needs: 'keys.manage',
    summary: 'Make a key; it is in this answer and nowhere else.',
    input: KeyRequest,
    answer: z.object({ key: z.string(), info: KeyInfo }),
  }),
  revokeKey: defineEndpoint({
    method: 'POST',
    path: '/keys/:id/revoke',
    needs: 'keys.manage',
    summary: 'End a key; what runs on it is cut.',
    input: z.strictObject({ id: z.string() }),
    answer: KeyInfo,
  }),
  getKeyUsage: defineEndpoint({
    method: 'GET',
    path: '/keys/:id/usage',
    needs: 'traffic.read',
    summary: 'The budgets of a key and how they burn down.',
    input: z.strictObject({ id: z.string() }),
    answer: z.object({ key: KeyInfo, budgets: z.array(BudgetUse) }),
  }),
};
