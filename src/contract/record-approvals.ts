// Records of what people said to held things.
import { z } from 'zod';
import { ApprovalState } from './approval.ts';
import { Direction } from './exchange.ts';
import { common } from './record-common.ts';

/** Someone was asked to approve a held thing, or answered. */
export const ApprovalRecord = z.object({
  ...common,
  kind: z.literal('approval'),
  approval: z.string(),
  state: ApprovalState,
  direction: Direction,
  exchange: z.string(),
  principal: z.string(),
  digest: z.string(),
  /** Who decided; absent for the request itself, for an expiry and for the use. */
  actor: z.string().optional(),
  note: z.string().optional(),
});

/** A person let calls like a held one pass for a time, or took that back. Each use is on the ruling of its call. */
export const GrantRecord = z.object({
  ...common,
  kind: z.literal('grant'),
  grant: z.string(),
  state: z.enum(['made', 'revoked']),
  approval: z.string(),
  /** The exchange in which the call was held. */
  exchange: z.string(),
  principal: z.string(),
  /** Keyed label; absent: every session of the principal. */
  session: z.string().optional(),
  capability: z.string(),
  /** Arguments that may have any value of the same origin. */
  any: z.array(z.string()),
  expires: z.string(),
  uses: z.int(),
  used: z.int(),
  actor: z.string(),
  note: z.string().optional(),
});
