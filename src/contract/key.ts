// Virtual keys and budgets, as they cross the command line and the admin interface.
import { z } from 'zod';

/** The window a budget renews in; `total` never renews. Windows start at 00:00 UTC (months on the 1st). */
export const BudgetPeriod = z.enum(['day', 'month', 'total']);
export type BudgetPeriod = z.infer<typeof BudgetPeriod>;

/** Upper bounds within one period; an absent bound does not bind. */
export const Budget = z.strictObject({
  period: BudgetPeriod,
  requests: z.int().positive().optional(),
  tokens: z.int().positive().optional(),
  /** US dollars x 10^-6. */
  costMicros: z.int().positive().optional(),
});
export type Budget = z.infer<typeof Budget>;

export const KeyRequest = z.strictObject({
  name: z.string().min(1).max(100),
  tenant: z.string().min(1).max(100).default('default'),
  kind: z.enum(['service', 'person', 'agent']).default('service'),
  /** Route names (keys of `models`) or patterns with `*` that the key may use. */
  routes: z.array(z.string().min(1)).min(1).default(['*']),
  /** What may be pulled: `source:repository`, or patterns with `*`. Nothing unless it is said. */
  artifacts: z.array(z.string().min(1).max(300)).max(100).default([]),
  /** What may be pushed, in the same form. Nothing unless it is said. */
  artifactsPush: z.array(z.string().min(1).max(300)).max(100).default([]),
  /** Tools it may see and call: `server:tool`, or patterns with `*`. Nothing unless it is said. */
  tools: z.array(z.string().min(1).max(300)).max(100).default([]),
  /** ISO 8601 time after which the key is refused. */
  expires: z.iso.datetime().optional(),
  budgets: z.array(Budget).max(3).default([]),
});
export type KeyRequest = z.infer<typeof KeyRequest>;

/** A key as it can be shown: never the key itself. */
export const KeyInfo = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  kind: z.enum(['service', 'person', 'agent']),
  routes: z.array(z.string()),
  artifacts: z.array(z.string()).default([]),
  artifactsPush: z.array(z.string()).default([]),
  tools: z.array(z.string()).default([]),
  created: z.string(),
  expires: z.string().optional(),
  revoked: z.string().optional(),
  budgets: z.array(Budget),
});
export type KeyInfo = z.infer<typeof KeyInfo>;
