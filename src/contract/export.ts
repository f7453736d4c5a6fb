// Sinks for other tools of a security team: how the configuration words them, and what of a record leaves the house.
import { z } from 'zod';
import { Action, PolicyRef } from './decision.ts';
import { Principal } from './exchange.ts';
import { Finding, Severity } from './finding.ts';
import { RECORD_KINDS } from './record.ts';
import { Duration, SecretRef } from './values.ts';

/** What sort of thing an event tells of: formats choose their class by it. */
export const EventFamily = z.enum([
  /** Something was found, or stopped. */
  'detection',
  'incident',
  /** A call that passed, or was refused before anything was looked at. */
  'api',
  'authentication',
  'account',
  /** A thing under administration was made, changed, read or taken away. */
  'entity',
  /** The program itself. */
  'lifecycle',
  'other',
]);
export type EventFamily = z.infer<typeof EventFamily>;

/** What was done. */
export const EventActivity = z.enum([
  'create',
  'read',
  'update',
  'delete',
  'enable',
  'disable',
  'suspend',
  'start',
  'stop',
  'logon',
  'logoff',
  'lock',
  'password_change',
  'password_reset',
  'mfa',
  'close',
  'other',
]);
export type EventActivity = z.infer<typeof EventActivity>;

/** A finding without its place in the text and without its evidence. */
export const EventFinding = Finding.pick({
  rule: true,
  class: true,
  severity: true,
  score: true,
  channel: true,
  techniques: true,
}).extend({ class: z.string(), channel: z.string().optional() });
export type EventFinding = z.infer<typeof EventFinding>;

/**
 * What a sink is given of a record: bounded, the same for every format, with nothing of what people or models wrote in it.
 * Names that come from outside (of keys, models, tools, files) are in it as they are: each format escapes them.
 */
export const ExportEvent = z.object({
  /** `NODE-SEQ-TIME`: the same however often it is sent, and unlike every other. */
  id: z.string(),
  seq: z.int().nonnegative(),
  node: z.string(),
  /** ISO 8601, of the record. */
  time: z.string(),
  /** Kind of the record; `export.gap` and `export.test` are none. */
  kind: z.string(),
  family: EventFamily,
  activity: EventActivity,
  severity: Severity,
  outcome: z.enum(['success', 'failure', 'unknown']),
  /** A sentence of ours. */
  title: z.string(),
  /** What was ruled. */
  action: Action.optional(),
  /** Who did it: kind and tenant are known where an exchange begins. */
  actor: Principal.partial({ kind: true, name: true, tenant: true }).optional(),
  /** What it was done to. */
  subject: z.object({ type: z.string(), id: z.string() }).optional(),
  /** What belongs together: the exchange, approval, pull or incident. */
  correlation: z.string().optional(),
  /** It ends what `correlation` began: an alert may be closed. */
  ends: z.literal(true).optional(),
  session: z.string().optional(),
  surface: z.string().optional(),
  model: z.string().optional(),
  upstream: z.string().optional(),
  inputTokens: z.int().nonnegative().optional(),
  outputTokens: z.int().nonnegative().optional(),
  durationMs: z.number().optional(),
  /** HTTP status that the client was given. */
  status: z.int().optional(),
  /** A code, where it did not go well. */
  reason: z.string().optional(),
  /** How many such it stands for. */
  count: z.int().positive().optional(),
  findings: z.array(EventFinding),
  policies: z.array(PolicyRef),
  techniques: z.array(z.string()),
  /** What else is known, in words and figures. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Something was left out so that it keeps within bounds: the ledger has it. */
  shortened: z.literal(true).optional(),
});
export type ExportEvent = z.infer<typeof ExportEvent>;

const httpUrl = (what: string) => z.url({ protocol: /^https?$/ }).describe(what);

const filter = (severity: Severity) =>
  z
    .strictObject({
      kinds: z.array(z.enum(RECORD_KINDS)).min(1).optional().describe('kinds of records it is told of (default: all)'),
      severity: Severity.default(severity).describe('least severity'),
      action: Action.default('allow').describe('least action that was ruled; where nothing was ruled, that is `allow`'),
    })
    .prefault({})
    .describe('what it is told of: all of it must hold');

const common = (severity: Severity = 'info') => ({
  filter: filter(severity),
  from: z
    .enum(['now', 'start'])
    .default('now')
    .describe('where a sink of a new name begins: with what happens from now on, or at the start of the ledger'),
  timeout: Duration.prefault('30s').describe('the receiver must have answered within'),
  retryMost: Duration.prefault('60s').describe('longest pause before a receiver that failed is tried again'),
});

const ca = z.string().optional().describe('PEM file of the authority of its certificate, where the system has it not');

const http = { url: httpUrl('address that events are sent to'), ca };

const authorization = SecretRef.optional().describe('value of the Authorization header, such as `Bearer …`');

const Syslog = z.strictObject({
  kind: z.literal('syslog').describe('RFC 5424'),
  host: z.string().min(1).describe('name or address of the receiver'),
  port: z.int().min(1).max(65_535).optional().describe('default: 514, with tls 6514'),
  transport: z
    .enum(['tcp', 'tls', 'udp'])
    .default('tls')
    .describe('tls (RFC 5425) and tcp count octets and wait until all was read; udp never learns what arrived'),
  ca,
  cert: z.string().optional().describe('PEM file of a certificate to show to the receiver'),
  key: z.string().optional().describe('PEM file of its key'),
  format: z.enum(['cef', 'json', 'ocsf']).default('cef').describe('form of the message'),
  facility: z.int().min(0).max(23).default(13).describe('13 is log audit, 16 local0'),
  enterprise: z
    .int()
    .min(1)
    .default(32_473)
    .describe('private enterprise number in the name of the structured data (the default is that of examples)'),
  maxBytes: z
    .int()
    .min(2048)
    .max(65_000)
    .default(8000)
    .describe('longest message; what makes it longer is left out and said to be'),
  ...common(),
});

const Ocsf = z.strictObject({
  kind: z.literal('ocsf').describe('OCSF as JSON over HTTP'),
  ...http,
  authorization,
  framing: z.enum(['array', 'lines']).default('array').describe('one JSON array, or an event a line'),
  ...common(),
});

const Splunk = z.strictObject({
  kind: z.literal('splunk').describe("Splunk's HTTP Event Collector"),
  ...http,
  token: SecretRef.describe('token of the collector'),
  index: z.string().min(1).optional().describe('index; without it that of the token'),
  sourcetype: z.string().min(1).default('ancile').describe('source type'),
  format: z.enum(['json', 'ocsf']).default('json').describe('form of an event'),
  acknowledge: z
    .boolean()
    .default(true)
    .describe('wait until it is indexed (the token must have indexer acknowledgement switched on)'),
  ...common(),
});

const Elastic = z.strictObject({
  kind: z.literal('elastic').describe('Elastic Common Schema, by the bulk API'),
  ...http,
  authorization,
  index: z.string().min(1).default('logs-ancile-default').describe('index or data stream'),
  ...common(),
});

const Otlp = z.strictObject({
  kind: z.literal('otlp').describe('OpenTelemetry logs over HTTP, as JSON'),
  ...http,
  authorization,
  ...common(),
});

const Nats = z.strictObject({
  kind: z.literal('nats').describe('NATS JetStream'),
  servers: z
    .array(z.string().regex(/^(nats|tls):\/\/[^/\s@]+$/, 'expected nats://host:port or tls://host:port'))
    .min(1)
    .describe('nats://host:port or tls://host:port'),
  subject: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'expected words joined by dots')
    .default('ancile.events')
    .describe('subject of a stream that is there'),
  token: SecretRef.optional().describe('token to connect with'),
  credentials: z.string().optional().describe('credentials file (.creds) to connect with'),
  ca,
  format: z.enum(['json', 'ocsf']).default('json').describe('form of an event'),
  ...common(),
});

const Webhook = z.strictObject({
  kind: z.literal('webhook').describe('signed by the Standard Webhooks specification'),
  ...http,
  secret: SecretRef.describe('`whsec_` and 24 to 64 bytes in base64'),
  format: z.enum(['json', 'ocsf']).default('json').describe('form of `data`'),
  ...common(),
});

const Slack = z.strictObject({
  kind: z.literal('slack').describe('an incoming webhook of Slack'),
  url: SecretRef.describe('its address, which is a secret'),
  ca,
  ...common('high'),
});

const PagerDuty = z.strictObject({
  kind: z.literal('pagerduty').describe('Events API v2'),
  url: httpUrl('address of the API').default('https://events.pagerduty.com'),
  ca,
  routingKey: SecretRef.describe('integration key of the service'),
  ...common('high'),
});

const File = z.strictObject({
  kind: z.literal('file').describe('a file, an event a line'),
  path: z.string().min(1).describe('the file; older ones are beside it as .1, .2'),
  maxBytes: z.int().min(4096).default(100_000_000).describe('a file that is larger is put aside'),
  keep: z.int().min(0).max(1000).default(5).describe('files kept that were put aside'),
  format: z.enum(['json', 'ocsf', 'ecs', 'cef']).default('json').describe('form of a line'),
  ...common(),
});

export const SinkConfig = z.discriminatedUnion('kind', [
  Syslog,
  Ocsf,
  Splunk,
  Elastic,
  Otlp,
  Nats,
  Webhook,
  Slack,
  PagerDuty,
  File,
]);
export type SinkConfig = z.infer<typeof SinkConfig>;
export type SinkKind = SinkConfig['kind'];
export type SinkConfigOf<K extends SinkKind> = Extract<SinkConfig, { kind: K }>;

export const SinkName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected small letters, digits, - and _');

export const Export = z.strictObject({
  sinks: z
    .record(SinkName, SinkConfig)
    .default({})
    .describe('receivers by name: a name keeps its place in the ledger, whatever else of it changes'),
});

/** A sink as it stands. */
export const SinkView = z.object({
  name: z.string(),
  /** Absent where the configuration has it no more. */
  kind: z.string().optional(),
  /** Host or file, without anything secret. */
  target: z.string().optional(),
  /**
   * `current`: all was delivered; `sending`; `retrying`: the receiver does not take it, `lastError` says why; `gone`: it said
   * that it wants no more, and is sent nothing until the configuration is loaded again; `stopped`: no server runs; `removed`: the configuration has it no more, its place is kept.
   */
  state: z.enum(['current', 'sending', 'retrying', 'gone', 'stopped', 'removed']),
  /** The next record it looks at. */
  cursor: z.int().nonnegative(),
  /** Records it has not looked at, and the age of the oldest of them. */
  lag: z.object({ records: z.int().nonnegative(), seconds: z.number().nonnegative() }),
  /** Since the start of the program. */
  delivered: z.int().nonnegative(),
  retries: z.int().nonnegative(),
  lastError: z.object({ time: z.string(), message: z.string() }).optional(),
  lastDelivery: z.string().optional(),
  deadLetters: z.int().nonnegative(),
  /** Records that were pruned before it had looked at them: `to` is the record after the last. */
  gaps: z.array(z.object({ from: z.int(), to: z.int(), time: z.string() })),
});
export type SinkView = z.infer<typeof SinkView>;

/** An event that a receiver would not take. */
export const DeadLetter = z.object({
  seq: z.int().nonnegative(),
  /** When it was given up last. */
  time: z.string(),
  /** What the receiver said. */
  reason: z.string(),
  attempts: z.int().positive(),
  /** Whether its record is still in the ledger: only then can it be replayed. */
  replayable: z.boolean(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;
