// Grants: a person's yes to calls like one that was held, for a key or a session, for a time, so many times.
import { z } from 'zod';
import { FlowConcern, ParameterKind } from './flow.ts';
import { Origin } from './segment.ts';

/** What of a held call a grant can be made of: digests and origins, never a value. */
export const HeldCall = z.object({
  /** The tool on either wire: `server/tool`, or the bare name where no server of the configuration is named. */
  capability: z.string(),
  /** SHA-256 of the tool's approved definition, where it is behind the gateway. */
  definition: z.string().optional(),
  arguments: z.record(
    z.string(),
    z.object({
      /** Keyed digest of the value. */
      digest: z.string(),
      /** The least trusted origin of anything in it. */
      origin: Origin,
      kind: ParameterKind.optional(),
      /** Something in it must have a source that is trusted, and has none. */
      ungrounded: z.boolean().optional(),
    }),
  ),
  concerns: z.array(FlowConcern),
});
export type HeldCall = z.infer<typeof HeldCall>;

/**
 * Whether an argument may be granted whatever its value: never what carries authority and an outsider may have written, or
 * chosen. A text with a stranger's address is as ungrounded as a target.
 */
export function mayVary({ origin, kind, ungrounded = false }: HeldCall['arguments'][string]): boolean {
  return !ungrounded && (origin !== 'untrusted' || kind === 'content' || kind === 'option');
}

/** What an approver says yes to. */
export const GrantTerms = z.strictObject({
  for: z.enum(['session', 'key']).describe('the conversation or tool session it was held in, or the whole key'),
  any: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe('names of arguments that may have any value of the same origin; all others must be the same'),
  minutes: z.int().min(1).max(43_200).default(480).describe('for so long'),
  uses: z.int().min(1).max(10_000).default(20).describe('for so many calls'),
});
export type GrantTerms = z.infer<typeof GrantTerms>;

export const ToolGrant = z.object({
  id: z.string(),
  /** The approval it was made with. */
  approval: z.string(),
  /** The exchange in which the call was held. */
  exchange: z.string(),
  principal: z.object({ id: z.string(), name: z.string(), tenant: z.string().optional() }),
  /** Keyed label; absent: every session of the principal. */
  session: z.string().optional(),
  capability: z.string(),
  /** A tool that is defined otherwise is another one. */
  definition: z.string().optional(),
  arguments: z.record(
    z.string(),
    /** Without a digest: any value of an origin that is trusted at least as far. */
    z.object({ digest: z.string().optional(), origin: Origin }),
  ),
  /** What may speak against a call, and the policies that may hold it: what the approver saw, and no more. */
  concerns: z.array(FlowConcern),
  policies: z.array(z.string()),
  /** ISO 8601 times. */
  made: z.object({ time: z.string(), actor: z.string(), note: z.string().optional() }),
  expires: z.string(),
  uses: z.int(),
  used: z.int().nonnegative(),
  revoked: z.object({ time: z.string(), actor: z.string(), note: z.string().optional() }).optional(),
});
export type ToolGrant = z.infer<typeof ToolGrant>;
