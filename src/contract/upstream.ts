// Upstreams and routes as the configuration words them: where requests go, and by which way.
import { z } from 'zod';
import { Duration, SecretRef } from './values.ts';

const baseUrl = z.url({ protocol: /^https?$/ });
const common = {
  apiKey: SecretRef.optional().describe('the provider key; callers never see it'),
  concurrency: z.int().positive().optional().describe('requests under way at once; more are told to come back later'),
};

/** One kind a provider: what it speaks, how it is addressed and how it knows us. */
export const Upstream = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z
        .enum(['openai', 'vllm', 'ollama', 'openrouter', 'anthropic', 'gemini'])
        .describe('who answers, and so the wire form that is spoken'),
      baseUrl: baseUrl.describe('address up to and including the version, such as https://api.openai.com/v1'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('azure').describe('Azure OpenAI'),
      baseUrl: baseUrl.describe(
        'the resource, such as https://NAME.openai.azure.com; a route names its deployment as `model`',
      ),
      apiVersion: z
        .string()
        .regex(/^[\w.-]{1,40}$/)
        .optional()
        .describe('the dated API version; without it the version-less v1 interface is used'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('bedrock').describe('Anthropic models on Amazon Bedrock'),
      baseUrl: baseUrl.describe('such as https://bedrock-runtime.eu-central-1.amazonaws.com'),
      region: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/)
        .describe('the region that requests are signed for'),
      accessKeyId: SecretRef.optional().describe(
        'with `secretAccessKey`: requests are signed (SigV4); else `apiKey` is sent',
      ),
      secretAccessKey: SecretRef.optional().describe('see `accessKeyId`'),
      sessionToken: SecretRef.optional().describe('of temporary credentials'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('vertex').describe('Anthropic models on Google Vertex AI'),
      baseUrl: baseUrl.describe('such as https://europe-west1-aiplatform.googleapis.com/v1'),
      project: z
        .string()
        .regex(/^[a-z0-9:.-]{1,100}$/)
        .describe('the Google Cloud project'),
      location: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/)
        .describe('the region, or `global`'),
      serviceAccount: z
        .strictObject({ file: z.string().min(1) })
        .optional()
        .describe(
          'a service account key (JSON); tokens are fetched from the address it names. Else `apiKey` is sent as token',
        ),
      ...common,
    }),
    z.strictObject({ kind: z.literal('practice').describe('the built-in practice model') }),
  ])
  .describe('where requests go');
export type Upstream = z.infer<typeof Upstream>;

const Price = z.strictObject({
  input: z.number().nonnegative().describe('US dollars per million input tokens'),
  output: z.number().nonnegative().describe('US dollars per million output tokens'),
});

const target = {
  upstream: z.string().describe('name of an entry of `upstreams`'),
  model: z.string().min(1).optional().describe("the upstream's name for the model, where it differs"),
  price: Price.optional().describe('what cost budgets are reckoned with'),
};

/** One way to have a request answered. */
export const Target = z.strictObject(target);
export type Target = z.infer<typeof Target>;

const weight = z.number().positive().max(1_000_000).optional().describe('share of the traffic; default 1');

export const Route = z.strictObject({
  ...target,
  weight,
  spread: z
    .array(z.strictObject({ ...target, weight }))
    .max(16)
    .optional()
    .describe('further targets that share the traffic, by weight'),
  fallbacks: z
    .array(Target)
    .max(16)
    .optional()
    .describe('targets asked in this order when those before failed before a word of an answer was passed on'),
});
export type Route = z.infer<typeof Route>;

export const Retries = z.strictObject({
  perTarget: z
    .int()
    .min(0)
    .max(5)
    .default(1)
    .describe('how often one target is asked again; never once its answer has begun'),
  backoff: Duration.prefault('200ms').describe('wait before the first retry: doubled each time, with full jitter'),
  maxBackoff: Duration.prefault('5s').describe(
    'longest wait; an upstream that asks for longer (retry-after) is passed over',
  ),
  deadline: Duration.prefault('600s').describe(
    'an answer must have begun within, with all retries and fallbacks together',
  ),
});

export const Breaker = z.strictObject({
  failures: z.int().positive().default(5).describe('failures in a row after which an upstream is passed over'),
  cooldown: Duration.prefault('15s').describe('for how long; then one request tries it'),
});
