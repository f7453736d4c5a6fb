// The configuration file: strict schema, defaults, and a sentence on every field (the reference is made from it).
import { z } from 'zod';

const SecretRef = z
  .union([
    z.strictObject({ env: z.string().min(1) }).describe('name of an environment variable that holds the secret'),
    z.strictObject({ file: z.string().min(1) }).describe('path of a file that holds the secret (trimmed)'),
  ])
  .describe('a secret is named, never written: { env: NAME } or { file: PATH }');
export type SecretRef = z.infer<typeof SecretRef>;

/** A span of time such as `500ms`, `30s`, `15m`, `12h`, `30d`; parsed to milliseconds. */
const Duration = z
  .string()
  .regex(/^\d{1,6}(ms|s|m|h|d)$/, 'expected a duration such as 500ms, 30s, 15m, 12h or 30d')
  .transform((text) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    const [, count, name] = /^(\d+)(ms|s|m|h|d)$/.exec(text)!;
    return Number(count) * unit[name as keyof typeof unit];
  });

const Tls = z.strictObject({
  cert: z.string().describe('PEM file with the certificate chain'),
  key: z.string().describe('PEM file with the private key'),
});

export const PLAINTEXT_ACCEPTED = 'i-accept-unencrypted-traffic';

const Server = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address to listen on; beyond loopback it needs `tls`'),
  port: z.int().min(0).max(65535).default(8700).describe('port to listen on; 0 takes a free one'),
  tls: Tls.optional().describe('certificate and key: without them only loopback is served'),
  plaintext: z
    .literal(PLAINTEXT_ACCEPTED)
    .optional()
    .describe(`the words "${PLAINTEXT_ACCEPTED}" allow listening beyond loopback without TLS`),
});

const Upstream = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['openai', 'anthropic']).describe('the wire form the upstream speaks'),
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .describe('address up to and including the version, such as https://api.openai.com/v1'),
      apiKey: SecretRef.optional().describe('the provider key; callers never see it'),
    }),
    z.strictObject({ kind: z.literal('practice').describe('the built-in practice model') }),
  ])
  .describe('where requests go');
export type Upstream = z.infer<typeof Upstream>;

const Price = z.strictObject({
  input: z.number().nonnegative().describe('US dollars per million input tokens'),
  output: z.number().nonnegative().describe('US dollars per million output tokens'),
});

const Route = z.strictObject({
  upstream: z.string().describe('name of an entry of `upstreams`'),
  model: z.string().min(1).optional().describe("the upstream's name for the model, where it differs"),
  price: Price.optional().describe('what cost budgets are reckoned with'),
});
export type Route = z.infer<typeof Route>;

const Limits = z.strictObject({
  bodyBytes: z.int().positive().default(20_000_000).describe('largest request body read'),
  answerBytes: z.int().positive().default(20_000_000).describe('largest answer read from an upstream'),
  depth: z.int().positive().max(1000).default(100).describe('deepest nesting of a request body'),
  headersTimeout: Duration.prefault('10s').describe('a client must have sent its headers within'),
  requestTimeout: Duration.prefault('60s').describe('a client must have sent its whole request within'),
  upstreamConnectTimeout: Duration.prefault('10s').describe('an upstream must accept the connection within'),
  upstreamHeadersTimeout: Duration.prefault('300s').describe('an upstream must begin to answer within'),
  upstreamIdleTimeout: Duration.prefault('120s').describe('longest silence within an answer'),
  answerTokens: z
    .int()
    .positive()
    .default(4096)
    .describe('output tokens a budget sets aside when the request names no maximum'),
  connections: z.int().positive().default(128).describe('connections kept to each upstream'),
});

const Capture = z.strictObject({
  enabled: z.boolean().default(false).describe('keep the inspected text, encrypted (AES-256-GCM), beside the ledger'),
  retention: Duration.prefault('30d').describe('captured text is deleted after'),
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

/** Every detector, in the order they run. */
export const DETECTOR_IDS = ['attack', 'pii', 'secrets', 'leak', 'link', 'active_content', 'schema'] as const;
export type DetectorId = (typeof DETECTOR_IDS)[number];

const Detect = z.strictObject({
  detectors: z
    .array(z.enum(DETECTOR_IDS))
    .default([...DETECTOR_IDS])
    .describe('which detectors run; an empty list records without inspecting'),
  rules: z.array(z.string()).default([]).describe('further rule files (YAML), besides the shipped ones'),
  disabled: z.array(z.string()).default([]).describe('rule ids that never fire'),
  canaries: z.array(SecretRef).default([]).describe('strings planted in system prompts: one in an output is a leak'),
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
    policy: Policy.prefault({}).describe('which policies rule'),
    detect: Detect.prefault({}).describe('what the detectors look for'),
    ledger: Ledger.prefault({}).describe('the record log'),
    capture: Capture.prefault({}).describe('evidence capture: off unless switched on'),
    limits: Limits.prefault({}).describe('bounds on work'),
  })
  .superRefine((config, context) => {
    for (const [name, route] of Object.entries(config.models)) {
      if (!Object.hasOwn(config.upstreams, route.upstream)) {
        context.addIssue({
          code: 'custom',
          path: ['models', name, 'upstream'],
          message: `no upstream is named "${route.upstream}"; there is: ${Object.keys(config.upstreams).join(', ')}`,
        });
      }
    }
  });
export type Config = z.infer<typeof Config>;
