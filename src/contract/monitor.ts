// Monitoring for people: rules with what they did, tries of rules on past records, drift of models.
import { z } from 'zod';
import { Severity } from './finding.ts';
import { Detection } from './incident.ts';
import { Duration, SecretRef } from './values.ts';

export const MonitorConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('run the rules over the records of the ledger, behind the traffic'),
  rules: z
    .array(z.string().min(1))
    .default([])
    .describe('files or folders (YAML) with rules of your own, or with words on shipped ones'),
  disabled: z.array(z.string().min(1)).default([]).describe('rule ids that are switched off'),
  groups: z
    .int()
    .min(10)
    .max(100_000)
    .default(2000)
    .describe('groups (keys, sessions, ...) that each rule remembers; of more, the most silent are forgotten'),
  networks: z
    .boolean()
    .default(true)
    .describe('put a keyed label of the network that a request comes from on its record (no address)'),
  drift: z
    .strictObject({
      sample: z
        .int()
        .min(200)
        .max(100_000)
        .default(500)
        .describe('exchanges of a model that are held against its baseline at a time'),
    })
    .prefault({})
    .describe('drift of models against pinned baselines'),
});
export type MonitorConfig = z.infer<typeof MonitorConfig>;

export const Telemetry = z.strictObject({
  otlp: z
    .strictObject({
      endpoint: z
        .url({ protocol: /^https?$/ })
        .describe('base address of an OTLP receiver over HTTP: /v1/traces and /v1/metrics are below'),
      headers: z
        .record(
          z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
          z.union([z.string(), SecretRef]).describe('a text, or the name of a secret: { env: NAME } or { file: PATH }'),
        )
        .default({})
        .describe('headers that are sent along'),
      traces: z.boolean().default(true).describe('send a span for each exchange'),
      metrics: z.boolean().default(true).describe('send the figures that /metrics has'),
      interval: Duration.prefault('15s').describe('what has come is sent every so often'),
    })
    .optional()
    .describe('OpenTelemetry: where traces and metrics go'),
  prometheus: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('address of a listener of its own for /metrics'),
      port: z.int().min(0).max(65535).default(9464).describe('port of it; 0 takes a free one'),
      token: SecretRef.optional().describe('bearer token that must be sent; beyond loopback there must be one'),
    })
    .optional()
    .describe('serve /metrics; without this nothing is served'),
});
export type Telemetry = z.infer<typeof Telemetry>;

/** A rule and what it did since the start. */
export const MonitorRuleView = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  severity: Severity,
  maturity: z.enum(['stable', 'experimental']),
  techniques: z.array(z.string()),
  falsePositives: z.array(z.string()),
  by: z.array(z.string()),
  /** Types of its conditions. */
  types: z.array(z.string()),
  /** `shipped`, or the file that it is of. */
  source: z.string(),
  /** `tuned`: on, with other bounds than it came with. */
  state: z.enum(['on', 'off', 'tuned']),
  groups: z.int(),
  fired: z.int(),
  lastFired: z.string().optional(),
  /** Times it held and was not told of, for it had just been. */
  heldBack: z.int(),
  /** Groups that were forgotten because there were too many. */
  forgotten: z.int(),
  late: z.int(),
});
export type MonitorRuleView = z.infer<typeof MonitorRuleView>;

export const MonitorState = z.object({
  enabled: z.boolean(),
  /** Records that were not looked at yet. */
  lag: z.int(),
  seen: z.int(),
  /** The last fault of the watching, where there was one. */
  fault: z.string().optional(),
});
export type MonitorState = z.infer<typeof MonitorState>;

export const DriftReport = z.object({
  model: z.string(),
  /** Exchanges remembered. */
  seen: z.int(),
  sample: z.int(),
  baseline: z
    .object({ pinned: z.string(), actor: z.string(), size: z.int(), since: z.string(), until: z.string() })
    .optional(),
  /** Of the last full sample against the baseline. */
  sides: z.array(
    z.object({
      side: z.enum(['input', 'output', 'score']),
      features: z.array(
        z.object({
          name: z.string(),
          psi: z.number(),
          ks: z.number(),
          js: z.number(),
          /** Of such a PSI by chance alone. */
          chance: z.number(),
        }),
      ),
    }),
  ),
});
export type DriftReport = z.infer<typeof DriftReport>;

/** What rules would have said of past records. */
export const MonitorTrial = z.object({
  rules: z.array(z.string()),
  records: z.int(),
  /** Of the records gone through. */
  from: z.string().optional(),
  to: z.string().optional(),
  /** False where a bound on work ended it before the last record. */
  complete: z.boolean(),
  detections: z.array(Detection),
  /** Detections beyond those that are listed. */
  more: z.int(),
});
export type MonitorTrial = z.infer<typeof MonitorTrial>;
