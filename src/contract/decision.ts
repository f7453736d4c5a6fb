// A decision: what was ruled, by which policies, and what failed or was skipped on the way.
import { z } from 'zod';

/** Obligations in order of strictness; of several, the strictest wins. */
export const ACTIONS = ['allow', 'flag', 'redact', 'hold', 'block'] as const;
export const Action = z.enum(ACTIONS);
export type Action = z.infer<typeof Action>;

/** What happens when a stage cannot do its work. A written choice of the policy set (invariant 4). */
export const OnFault = z.enum(['deny', 'allow', 'flag']);
export type OnFault = z.infer<typeof OnFault>;

/** The stages that can fault, each with its `onFault` in the policy set's manifest. */
export const StageName = z.enum(['detect', 'policy', 'ledger', 'budget']);
export type StageName = z.infer<typeof StageName>;

/** A policy that took part in a decision. */
export const PolicyRef = z.object({
  id: z.string(),
  action: Action,
  reason: z.string(),
});
export type PolicyRef = z.infer<typeof PolicyRef>;

/** What one detector or stage answered. Never silence: clean, found, skipped or failed. */
export const StageReport = z.object({
  stage: z.string(),
  status: z.enum(['clean', 'found', 'skipped', 'failed']),
  detail: z.string().optional(),
  /** For a failed stage, what the policy set says to do. */
  onFault: OnFault.optional(),
});
export type StageReport = z.infer<typeof StageReport>;

export const Decision = z.object({
  action: Action,
  /** Every policy that made it, strictest first. */
  policies: z.array(PolicyRef),
  /** What failed, was skipped or found something. A stage not named here answered clean. */
  stages: z.array(StageReport),
  /** A deciding policy asks for one more try of the model (`@reask`), in a whole answer that had none yet. */
  reask: z.boolean().optional(),
  /** Digest of the policy set that ruled. */
  policyVersion: z.string(),
  /** What the shadow policies would have said, where it differs. */
  shadow: z.object({ action: Action, policies: z.array(PolicyRef) }).optional(),
});
export type Decision = z.infer<typeof Decision>;

/** The stricter of two actions. */
export function stricter(a: Action, b: Action): Action {
  return ACTIONS.indexOf(a) >= ACTIONS.indexOf(b) ? a : b;
}

/** Whether an action changes or stops what passes (as against letting it through, perhaps noted). */
export function isEnforcing(action: Action): boolean {
  return action === 'redact' || action === 'hold' || action === 'block';
}

/** Whether an action stops what passes altogether. A hold without a yes is a no. */
export function isDenial(action: Action): action is 'hold' | 'block' {
  return action === 'hold' || action === 'block';
}
