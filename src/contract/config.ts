// The configuration file: strict schema, defaults, and a sentence on every field (the reference is made from it).
import { z } from 'zod';
import { Admission } from './admission.ts';
import { Severity } from './finding.ts';
import { Export } from './export.ts';
import { FlowMode } from './flow.ts';
import { ImportName, ImportSource } from './imports.ts';
import { ContainmentAction } from './incident.ts';
import { Artifacts } from './registry.ts';
import { Mcp } from './mcp.ts';
import { MonitorConfig, Telemetry } from './monitor.ts';
import { Forward, Nodes } from './nodes.ts';
import { Second } from './second.ts';
import { Breaker, Retries, Route, Upstream } from './upstream.ts';
import { Duration, SecretRef } from './values.ts';

const Tls = z.strictObject({
  cert: z.string().describe('PEM file with the certificate chain'),
  key: z.string().describe('PEM file with the private key'),
});

export const PLAINTEXT_ACCEPTED = 'i-accept-unencrypted-traffic';

const Server = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address to listen on; beyond loopback it needs `tls`'),
  port: z.int().min(0).max(65535).default(8700).describe('port to listen on; 0 takes a free one'),
  tls: Tls.optional().describe('certificate and key: without them only loopback is served'),
  trustedProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'expected an address or a network such as 10.0.0.0/8'))
    .max(100)
    .default([])
    .describe(
      'reverse proxies before the gateway, by address or network: what they append to `x-forwarded-for` is believed, of nobody else',
    ),
  plaintext: z
    .literal(PLAINTEXT_ACCEPTED)
    .optional()
    .describe(`the words "${PLAINTEXT_ACCEPTED}" allow listening beyond loopback without TLS`),
});

const Limits = z.strictObject({
  bodyBytes: z.int().positive().default(20_000_000).describe('largest request body read'),
  answerBytes: z.int().positive().default(20_000_000).describe('largest answer read from an upstream'),
  depth: z.int().positive().max(1000).default(100).describe('deepest nesting of a request body'),
  headersTimeout: Duration.prefault('10s').describe('a client must have sent its headers within'),
  requestTimeout: Duration.prefault('60s').describe('a client must have sent its whole request within'),
  upstreamConnectTimeout: Duration.prefault('10s').describe('an upstream must accept the connection within'),
  upstreamHeadersTimeout: Duration.prefault('300s').describe('an upstream must begin to answer within'),
  upstreamIdleTimeout: Duration.prefault('120s').describe('longest silence within an answer'),
  answerTimeout: Duration.prefault('30m').describe('an answer that has begun must have ended within'),
  answerTokens: z
    .int()
    .positive()
    .default(4096)
    .describe('output tokens a budget sets aside when the request names no maximum'),
  connections: z.int().positive().default(128).describe('connections kept to each upstream'),
  concurrency: z
    .int()
    .positive()
    .default(512)
    .describe('exchanges under way at once; more are turned away, but for a burst of twice as many for 300 ms'),
  drainTimeout: Duration.prefault('10s').describe('when the server stops, exchanges under way may end within'),
});

const Capture = z.strictObject({
  enabled: z.boolean().default(false).describe('keep the inspected text, encrypted (AES-256-GCM), beside the ledger'),
  retention: Duration.prefault('30d').describe('captured text is deleted after'),
  feedbackRetention: Duration.prefault('180d').describe(
    'the captured text of what people gave feedback on is copied, encrypted, and that copy deleted after',
  ),
});

const Ledger = z.strictObject({
  anchorFile: z.string().optional().describe('append each signed checkpoint to this file as well; keep it elsewhere'),
  checkpointInterval: Duration.prefault('5s').describe('longest time between a record and the checkpoint over it'),
});

const Policy = z.strictObject({
  set: z
    .string()
    .default('default')
    .describe(
      'default, observe or strict (shipped), or the folder of a set of your own (policy-set.yaml and .cedar files)',
    ),
  shadow: z
    .string()
    .optional()
    .describe('a further set, named alike, that is evaluated and recorded but never enforced'),
});

const Flow = z.strictObject({
  mode: z
    .enum(['off', ...FlowMode.options])
    .default('off')
    .describe(
      'how tool calls of agents are ruled on by where their arguments come from: strict (identifiers that others wrote ground no ' +
        'target), lax (they do), lattice (no call with an effect once untrusted content has come in), rule_of_two (of untrusted content, ' +
        'private data and an effect any two), off',
    ),
  labels: z
    .string()
    .optional()
    .describe(
      'file (JSON or YAML) that says what the tools of agents do and how far fields of their results are trusted',
    ),
  allow: z
    .array(z.string().min(1))
    .default([])
    .describe('targets that are grounded whoever named them: addresses, and `@corp.example` for all of a domain'),
  results: z
    .enum(['seen', 'labelled'])
    .default('seen')
    .describe(
      '`seen`: labels of results count only where a tool server behind the gateway gave them; `labelled`: always',
    ),
  userText: z
    .enum(['trusted', 'untrusted'])
    .default('trusted')
    .describe("text of user messages in no marked span: the user's own, or (where it may hold anything) untrusted"),
  markKey: SecretRef.optional().describe('secret by which applications tag trusted spans of user messages'),
});

const PlaybookStart = z
  .strictObject({
    playbook: z.string().min(1).describe('its name'),
    rule: z.string().min(1).optional().describe('an incident in which this rule of monitoring was met'),
    severity: Severity.optional().describe('an incident at least so bad'),
    auto: z.boolean().default(false).describe('runs it; else it is planned, and the plan is put on the record'),
    atMost: z.int().min(1).max(1000).default(5).describe('begun so often at most within `per`'),
    per: Duration.prefault('1h').describe('the span of `atMost`'),
  })
  .refine(({ rule, severity }) => rule !== undefined || severity !== undefined, 'name a rule or a severity');
export type PlaybookStart = z.infer<typeof PlaybookStart>;

const Incidents = z.strictObject({
  openAt: Severity.default('high').describe('detections at least so bad open an incident; others join one'),
  groupWithin: Duration.prefault('4h').describe(
    'for how long after its last change an incident takes in what belongs to it',
  ),
  twoPersons: z.array(ContainmentAction).default([]).describe('containments that wait for the yes of a second person'),
  playbooks: z
    .array(z.string().min(1))
    .max(100)
    .default([])
    .describe('playbooks of your own (CACAO 2.0, JSON), or folders of them, besides the shipped ones'),
  start: z.array(PlaybookStart).max(50).default([]).describe('playbooks that incidents start by themselves'),
});

/** Every detector, in the order they run. */
export const DETECTOR_IDS = [
  'attack',
  'pii',
  'names',
  'secrets',
  'leak',
  'link',
  'active_content',
  'schema',
  'grounding',
  'answer_shape',
] as const;
export type DetectorId = (typeof DETECTOR_IDS)[number];

const Misuse = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('remember scores and sketches of what each principal asks, in memory only'),
  window: Duration.prefault('1h').describe('what is older is forgotten; what is half as old counts half'),
  principals: z
    .int()
    .positive()
    .max(100_000)
    .default(2000)
    .describe('principals remembered; the most silent goes first'),
  entries: z
    .int()
    .positive()
    .max(1000)
    .default(64)
    .describe('texts (as sketches), and conversations in which something was seen, remembered of each principal'),
  buildup: z
    .number()
    .min(0.1)
    .default(1)
    .describe('what scores over the turns of a conversation add up to, less 0.15 a turn, for `misuse.buildup`'),
  refusals: z
    .int()
    .positive()
    .default(5)
    .describe('refused or blocked asks, each followed by another try, for `misuse.refusal_probing`'),
  retries: z.int().positive().default(8).describe('suspicious near-copies of one text for `misuse.retries`'),
});

const threshold = (whose: string) =>
  z
    .number()
    .min(0.001)
    .max(0.999)
    .exactOptional()
    .describe(`score of the trained model from which ${whose}; it becomes 0.5, and the scores beside it move with it`);

const Thresholds = z.strictObject({
  direct: threshold('what a user says counts as an attack'),
  indirect: threshold('a tool result, document, tool description or metadata counts as an attack'),
  harmful: threshold('what a user says counts as a harmful request'),
});

const Detect = z.strictObject({
  detectors: z
    .array(z.enum(DETECTOR_IDS))
    .default([...DETECTOR_IDS])
    .describe('which detectors run; an empty list records without inspecting'),
  learned: z.boolean().default(true).describe('the attack detector asks its trained model besides its rules'),
  thresholds: Thresholds.prefault({}).describe('thresholds of your own, as `ancile calibrate` finds them'),
  rules: z.array(z.string()).default([]).describe('further rule files (YAML), besides the shipped ones'),
  disabled: z.array(z.string()).default([]).describe('rule ids that never fire'),
  canaries: z.array(SecretRef).default([]).describe('strings planted in system prompts: one in an output is a leak'),
  misuse: Misuse.prefault({}).describe('what the exchanges of a principal show together'),
  second: Second.optional(),
});

const Approvals = z.strictObject({
  wait: Duration.prefault('30s').describe('how long a held request waits for an answer before its client is told'),
  expires: Duration.prefault('15m').describe('after this a held thing nobody decided on is denied, and a yes is void'),
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe('told of each held thing, by POST'),
      secret: SecretRef.describe('signs what is sent (HMAC-SHA-256) and what is sent back'),
    })
    .optional()
    .describe('a service that is told of held things and may answer for a person'),
});

const Judge = z.strictObject({
  model: z.string().min(1).describe('a name of `models`: asked whether an answer is borne out by its documents'),
  timeout: Duration.prefault('20s').describe('longest wait for the judge; without its word its stage has failed'),
});

const Console = z.strictObject({
  enabled: z.boolean().default(true).describe('serve the console and its interface (/console/, /api/v1)'),
  sessionIdle: Duration.prefault('30m').describe('a session without a request ends after'),
  sessionMax: Duration.prefault('12h').describe('every session ends after'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'where browsers reach it, where that is not `server.host` and its port: behind a reverse proxy, or by a name',
    ),
});

const practice = { practice: { kind: 'practice' as const } };

export const Config = z
  .strictObject({
    server: Server.prefault({}).describe('where the gateway listens'),
    dataDir: z.string().min(1).default('./data').describe('folder for store, ledger and keys; owned by one process'),
    upstreams: z.record(z.string().min(1), Upstream).default(practice).describe('model providers by name'),
    models: z
      .record(z.string().min(1), Route)
      .default({ '*': { upstream: 'practice' } })
      .describe('a model name, or a pattern with `*`, to the route that serves it; the most specific pattern wins'),
    retries: Retries.prefault({}).describe('asking again after a failure that a client has seen nothing of'),
    breaker: Breaker.prefault({}).describe('when an upstream is given a rest'),
    artifacts: Artifacts.prefault({}).describe('models that are pulled through the gateway'),
    admission: Admission.optional(),
    mcp: Mcp.prefault({}).describe('tool servers behind the gateway (Model Context Protocol)'),
    flow: Flow.prefault({}).describe('Flow control of tool calls. See guides/agents.md.'),
    policy: Policy.prefault({}).describe('which policies rule'),
    detect: Detect.prefault({}).describe('what the detectors look for'),
    judge: Judge.optional().describe('a model that checks answers against the documents of the request'),
    approvals: Approvals.prefault({}).describe('what happens to what a policy holds'),
    incidents: Incidents.prefault({}).describe('what opens an incident, and who may contain one'),
    console: Console.prefault({}).describe('the web console'),
    ledger: Ledger.prefault({}).describe('the record log'),
    monitor: MonitorConfig.prefault({}).describe('rules over the records of the ledger. See guides/monitoring.md.'),
    telemetry: Telemetry.prefault({}).describe('figures and traces for the systems that collect them'),
    export: Export.prefault({}).describe('Where records are told of besides the ledger. See guides/siem.md'),
    forward: Forward.optional().describe('a central server that gets every record. See guides/everywhere.md'),
    nodes: Nodes.prefault({}).describe('nodes whose records are taken in here. See guides/everywhere.md'),
    imports: z
      .record(ImportName, ImportSource)
      .default({})
      .describe('logs of cloud services that are read as they come, by name. See guides/monitoring.md.'),
    capture: Capture.prefault({}).describe('evidence capture: off unless switched on'),
    limits: Limits.prefault({}).describe('bounds on work'),
  })
  .superRefine((config, context) => {
    const check = (upstream: string, path: readonly PropertyKey[]): void => {
      if (Object.hasOwn(config.upstreams, upstream)) return;
      const known = Object.keys(config.upstreams).join(', ');
      const message = `no upstream is named "${upstream}"; there is: ${known}`;
      context.addIssue({ code: 'custom', path: [...path, 'upstream'], message });
    };
    for (const [name, route] of Object.entries(config.models)) {
      check(route.upstream, ['models', name]);
      route.spread?.forEach(({ upstream }, i) => check(upstream, ['models', name, 'spread', i]));
      route.fallbacks?.forEach(({ upstream }, i) => check(upstream, ['models', name, 'fallbacks', i]));
    }
  });
export type Config = z.infer<typeof Config>;
