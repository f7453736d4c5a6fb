// A record: one entry of the ledger. A tagged union; digests of content are keyed, raw text is never here.
import { z } from 'zod';
import { AdmissionObject, AdmissionReference } from './admission.ts';
import { ForwardedRecord, NodeStreamRecord } from './carried.ts';
import { Decision, PolicyRef } from './decision.ts';
import { ApprovalRecord, GrantRecord } from './record-approvals.ts';
import { Capability, Direction, Exchange, Usage } from './exchange.ts';
import { ExampleLabel, FeedbackVerdict } from './feedback.ts';
import { Finding } from './finding.ts';
import { ToolRuling } from './flow.ts';
import { Detection, containmentMembers, incidentMembers } from './incident.ts';
import { ImportedRecord } from './imported.ts';
import { DefinitionKind } from './mcp.ts';
import { ArtifactPull, ArtifactPush, ModelEvidenceRecord, ModelStateRecord } from './model-record.ts';
import { common } from './record-common.ts';
import { Channel } from './segment.ts';

/** Durable before the first byte of an answer is released (invariant 2). */
export const ExchangeOpened = z.object({
  ...common,
  kind: z.literal('exchange.opened'),
  exchange: Exchange,
  /** Keyed digest (HMAC-SHA-256, hex) of the request body as it was sent on. */
  inputDigest: z.string(),
  segments: z.int().nonnegative(),
  /** What it asked of the provider that the gateway cannot see; absent in records of version 0.1. */
  capabilities: z.array(Capability).optional(),
  findings: z.array(Finding),
  decision: Decision,
  /** What the budget set aside for it. */
  reserved: Usage.optional(),
  /** Of a tool call: what was ruled on it. */
  call: ToolRuling.optional(),
  /**
   * Keyed label of the network that the request came from (of IPv4 the first 24 bits, of IPv6 the first 48): the same
   * network has the same label in this ledger, and no address can be read from it.
   */
  network: z.string().optional(),
  /** The caller's W3C `traceparent`, where it sent one that is sampled. */
  trace: z.string().optional(),
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

/** One asking of an upstream: `status` where it answered, `reason` (an error code) where it did not. */
export const Attempt = z.object({
  upstream: z.string(),
  model: z.string(),
  /** `first`, or why it was asked: after a failure, or again because policy was not content with the answer. */
  why: z.enum(['first', 'retry', 'fallback', 'reask']),
  status: z.int().optional(),
  reason: z.string().optional(),
  durationMs: z.number(),
  /** Of an answer that was asked for once more: what was found in it, and the policies that were not content. */
  findings: z.array(Finding).optional(),
  policies: z.array(PolicyRef).optional(),
});
export type Attempt = z.infer<typeof Attempt>;

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
  /** The tool calls that the model proposed, and what was ruled on each. */
  calls: z.array(ToolRuling).optional(),
  usage: Usage,
  /** From request read to this record, milliseconds. */
  durationMs: z.number(),
  /** Coded reason where the outcome is not `completed`. */
  reason: z.string().optional(),
  /** Every asking of an upstream, in order, where there was more than one, or another than the opened record names. */
  attempts: z.array(Attempt).optional(),
});

/** Someone said what a prompt-attack finding is worth, or that an attack was missed, or took that back. */
export const FeedbackRecord = z.object({
  ...common,
  kind: z.literal('feedback'),
  feedback: z.string(),
  verdict: z.enum([...FeedbackVerdict.options, 'withdrawn']),
  label: ExampleLabel,
  exchange: z.string(),
  /** Whose exchange it is; absent where the word is taken back. */
  principal: z.string().optional(),
  actor: z.string(),
  direction: Direction,
  segment: z.string(),
  channel: Channel,
  rule: z.string().optional(),
  score: z.number(),
  /** Keyed digest of the text, or of the whole body where the text was not at hand. */
  digest: z.string(),
  digestOf: z.enum(['text', 'body']),
  /** Whether its text was copied beside it, encrypted. */
  textKept: z.boolean(),
});

/** Sign-ins and their ends; refused ones as well, aggregated by name. */
export const SessionRecord = z.object({
  ...common,
  kind: z.literal('session'),
  state: z.enum(['begun', 'ended', 'refused', 'locked']),
  /** The user's name; of a refused sign-in only where there is such a user, else `-`. */
  actor: z.string(),
  reason: z.string().optional(),
  /** Of `refused` and `locked`: how many such within a window, and its start. */
  count: z.int().positive().optional(),
  since: z.string().optional(),
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
  action: z.enum([
    'key.create',
    'key.revoke',
    'policy.reload',
    'policy.edit',
    'config.reload',
    'ledger.prune',
    'evidence.expire',
    'evidence.read',
    'backup.create',
    'export.test',
    'export.replay',
    'export.gone',
    'tool.approve',
    'tool.deny',
    'monitor.pin',
    'monitor.unpin',
    'user.invite',
    'user.join',
    'user.update',
    'user.reset',
    'user.password',
    'user.totp',
    'node.accept',
  ]),
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

/** A Kubernetes API server asked whether an object may be admitted; durable before it is answered. */
export const AdmissionReviewed = z.object({
  ...common,
  kind: z.literal('admission.review'),
  /** The request's uid. */
  review: z.string(),
  /** `kubernetes:` and the user's name. */
  principal: z.string(),
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  object: AdmissionObject,
  references: z.array(AdmissionReference),
  mode: z.enum(['enforce', 'warn']),
  /** `warned`: it would be denied, were the mode `enforce`; `exempt`: it was not looked at. */
  outcome: z.enum(['allowed', 'warned', 'denied', 'exempt']),
  /** Nothing comes of it in the cluster. */
  dryRun: z.literal(true).optional(),
  reason: z.string().optional(),
});

/** A registry told of a version by a webhook, and what came of looking at it. */
export const RegistryEvent = z.object({
  ...common,
  kind: z.literal('registry.event'),
  /** A name under `artifacts.sources`. */
  source: z.string(),
  /** As the registry calls it: `model_version.created`. */
  event: z.string(),
  /** The registry's own id of this telling. */
  delivery: z.string(),
  /** What it is about: `name/version`. */
  subject: z.string(),
  alias: z.string().optional(),
  /** `source:repo@revision`; absent where there was no telling. */
  model: z.string().optional(),
  /** `waiting`: it was taken on; what comes of it is another record, of the same delivery. */
  outcome: z.enum(['waiting', 'admitted', 'refused', 'fault']),
  reason: z.string().optional(),
  /** What was done in the registry: `tag`, `alias.deleted`. */
  done: z.array(z.string()),
});

/** A tool server offered a definition that nobody had decided on: one seen for the first time, or one that changed. */
export const ToolDefinition = z.object({
  ...common,
  kind: z.literal('tool.definition'),
  /** A name under `mcp.servers`. */
  server: z.string(),
  type: DefinitionKind,
  name: z.string(),
  digest: z.string(),
  /** Of the one that is in use, where there is one. */
  approved: z.string().optional(),
  /** `approved`: taken on first use. */
  outcome: z.enum(['held', 'approved']),
  findings: z.array(Finding),
});

/** A monitoring rule was met by records of this ledger. */
export const DetectionRecord = z.object({ ...common, kind: z.literal('detection'), ...Detection.shape });

/** Something happened to an incident: its whole history is the records of its id. */
export const IncidentRecord = z.object({ ...common, kind: z.literal('incident'), ...incidentMembers });

/** Something was contained, or let go again. */
export const ContainmentRecord = z.object({ ...common, kind: z.literal('containment'), ...containmentMembers });

export const LedgerRecord = z.discriminatedUnion('kind', [
  ExchangeOpened,
  ExchangeClosed,
  AccessRefused,
  AdminChange,
  NodeState,
  ApprovalRecord,
  GrantRecord,
  FeedbackRecord,
  SessionRecord,
  ArtifactPull,
  ArtifactPush,
  ModelStateRecord,
  ModelEvidenceRecord,
  AdmissionReviewed,
  RegistryEvent,
  ToolDefinition,
  DetectionRecord,
  IncidentRecord,
  ContainmentRecord,
  ForwardedRecord,
  NodeStreamRecord,
  ImportedRecord,
]);
export type LedgerRecord = z.infer<typeof LedgerRecord>;

export const RECORD_KINDS = [
  'exchange.opened',
  'exchange.closed',
  'access.refused',
  'admin.change',
  'node.state',
  'approval',
  'grant',
  'feedback',
  'session',
  'artifact.pull',
  'artifact.push',
  'model.state',
  'model.evidence',
  'admission.review',
  'registry.event',
  'tool.definition',
  'detection',
  'incident',
  'containment',
  'forwarded',
  'node.stream',
  'imported',
] as const satisfies readonly LedgerRecord['kind'][];

/** A record of another node, as it is read. */
export interface Carried {
  /** The name that the node is enrolled under. */
  readonly origin: string;
  readonly record: LedgerRecord;
}

/** What a record carries; undefined where it is of this node, or carries what cannot be read. */
export function carriedOf(record: LedgerRecord): Carried | undefined {
  if (record.kind !== 'forwarded' || record.record === undefined || record.unread !== undefined) return undefined;
  // One that carries another in turn was not looked into.
  if (record.record['kind'] === 'forwarded') return undefined;
  const origin = record.origin.node;
  // Whoever took it in has checked its form. Its node is the name that it is known by here.
  return { origin, record: { ...(record.record as unknown as LedgerRecord), node: origin } };
}

/** A record with its place in the ledger. */
export const StoredRecord = LedgerRecord.and(z.object({ seq: z.int().nonnegative() }));
export type StoredRecord = z.infer<typeof StoredRecord>;

export type ExchangeOpened = z.infer<typeof ExchangeOpened>;
export type ExchangeClosed = z.infer<typeof ExchangeClosed>;
/** A record before the ledger's owner stamps time and node on it. */
export type RecordBody = LedgerRecord extends infer R
  ? R extends LedgerRecord
    ? Omit<R, 'time' | 'node'>
    : never
  : never;
