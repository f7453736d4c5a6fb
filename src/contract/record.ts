// A record: one entry of the ledger. A tagged union; digests of content are keyed, raw text is never here.
import { z } from 'zod';
import { Decision } from './decision.ts';
import { Exchange, Usage } from './exchange.ts';
import { Finding } from './finding.ts';

const common = {
  /** ISO 8601 time, milliseconds, UTC. */
  time: z.string(),
  /** Id of the node that wrote it. */
  node: z.string(),
};

/** Durable before the first byte of an answer is released (invariant 2). */
export const ExchangeOpened = z.object({
  ...common,
  kind: z.literal('exchange.opened'),
  exchange: Exchange,
  /** Keyed digest (HMAC-SHA-256, hex) of the request body as it was sent on. */
  inputDigest: z.string(),
  segments: z.int().nonnegative(),
  findings: z.array(Finding),
  decision: Decision,
  /** What the budget set aside for it. */
  reserved: Usage.optional(),
});

/** How an exchange ended. */
export const Outcome = z.enum([
  'completed',
  'denied_input',
  'denied_output',
  'client_gone',
  'upstream_error',
  'revoked',
  'fault',
]);
export type Outcome = z.infer<typeof Outcome>;

/** Durable before the answer's terminator is released. */
export const ExchangeClosed = z.object({
  ...common,
  kind: z.literal('exchange.closed'),
  exchange: z.string(),
  principal: z.string(),
  outcome: Outcome,
  /** HTTP status that the client was given. */
  status: z.int(),
  /** Keyed digest of the text that was released to the client, in order. */
  outputDigest: z.string().optional(),
  findings: z.array(Finding),
  decision: Decision.optional(),
  usage: Usage,
  /** From request read to this record, milliseconds. */
  durationMs: z.number(),
  /** Coded reason where the outcome is not `completed`. */
  reason: z.string().optional(),
});

/** Requests refused before they became an exchange, aggregated so that a flood cannot fill the ledger. */
export const AccessRefused = z.object({
  ...common,
  kind: z.literal('access.refused'),
  /** Error code: `unauthenticated`, `forbidden`, `request_invalid`... */
  reason: z.string(),
  /** The key's id, where the key itself was good: a spent budget, a route out of its scope. */
  principal: z.string().optional(),
  count: z.int().positive(),
  /** Start of the window that `count` covers. */
  since: z.string(),
});

/** Something an administrator changed, or tried to. */
export const AdminChange = z.object({
  ...common,
  kind: z.literal('admin.change'),
  actor: z.string(),
  action: z.enum(['key.create', 'key.revoke', 'policy.reload', 'ledger.prune', 'evidence.expire']),
  target: z.string(),
  outcome: z.enum(['done', 'refused']),
  detail: z.string().optional(),
});

/** A node started or stopped; gaps between a stop and a start are visible, a missing stop is a crash. */
export const NodeState = z.object({
  ...common,
  kind: z.literal('node.state'),
  state: z.enum(['started', 'stopped']),
  version: z.string(),
  /** Digest of configuration and policy in force. */
  configDigest: z.string().optional(),
  policyVersion: z.string().optional(),
});

export const LedgerRecord = z.discriminatedUnion('kind', [
  ExchangeOpened,
  ExchangeClosed,
  AccessRefused,
  AdminChange,
  NodeState,
]);
export type LedgerRecord = z.infer<typeof LedgerRecord>;
export type ExchangeOpened = z.infer<typeof ExchangeOpened>;
export type ExchangeClosed = z.infer<typeof ExchangeClosed>;
/** A record before the ledger's owner stamps time and node on it. */
export type RecordBody = LedgerRecord extends infer R
  ? R extends LedgerRecord
    ? Omit<R, 'time' | 'node'>
    : never
  : never;
