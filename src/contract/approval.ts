// An approval: a person's single-use yes or no to one held thing, bound to its digest, with an expiry.
import { z } from 'zod';
import { Direction, Exchange } from './exchange.ts';
import { Finding } from './finding.ts';
import { HeldCall } from './grant.ts';
import { PolicyRef } from './decision.ts';
import { Channel } from './segment.ts';

/** `used`: approved, and what it was for has passed. */
export const ApprovalState = z.enum(['pending', 'approved', 'denied', 'expired', 'used']);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const Approval = z.object({
  id: z.string(),
  state: ApprovalState,
  direction: Direction,
  exchange: Exchange,
  /** Keyed digest of principal, route, direction and content: a yes holds for exactly this. */
  digest: z.string(),
  findings: z.array(Finding),
  /** The policies that hold it. */
  policies: z.array(PolicyRef),
  /** Of a tool call that is held for where its arguments come from: what a grant can be made of. */
  call: HeldCall.optional(),
  requested: z.string(),
  expires: z.string(),
  decided: z.object({ time: z.string(), actor: z.string(), note: z.string().optional() }).optional(),
});
export type Approval = z.infer<typeof Approval>;

/** One held text, as whoever decides sees it. `cut`: it goes on, and the rest is not kept. */
export const HeldText = z.object({
  path: z.string(),
  channel: Channel,
  text: z.string(),
  cut: z.boolean().optional(),
});
export type HeldText = z.infer<typeof HeldText>;

export const Verdict = z.enum(['approve', 'deny']);
export type Verdict = z.infer<typeof Verdict>;
