// An exchange: one request and its response through the gateway, and who made it.
import { z } from 'zod';

export const Principal = z.object({
  /** Key id (`key_...`), or another identity's id. */
  id: z.string(),
  kind: z.enum(['service', 'person', 'agent', 'anonymous']),
  name: z.string(),
  tenant: z.string(),
});
export type Principal = z.infer<typeof Principal>;

/** The wire form that the caller speaks. */
export const Surface = z.enum([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.embeddings',
  'openai.moderations',
  'openai.images',
  'openai.speech',
  'openai.transcriptions',
  'openai.models',
  'anthropic.messages',
  'anthropic.count_tokens',
  'gemini.generate',
  'gemini.count_tokens',
  'gemini.embed',
  'mcp',
  'library',
]);
export type Surface = z.infer<typeof Surface>;

/** Whether a text goes to the model or comes from it. */
export const Direction = z.enum(['input', 'output']);
export type Direction = z.infer<typeof Direction>;

/** What a request may ask of the provider that the gateway cannot see (invariant 5). Policies rule on them. */
export const Capability = z.enum(['hosted_tool', 'caller_tool_server', 'stored_state']);
export type Capability = z.infer<typeof Capability>;

/** Parts that no detector reads. Policies rule on them (invariant 4). */
export const Uninspected = z.enum(['image', 'audio', 'video', 'file', 'encrypted', 'unknown']);
export type Uninspected = z.infer<typeof Uninspected>;

export const Exchange = z.object({
  id: z.string(),
  surface: Surface,
  principal: Principal,
  /** Keyed digest of what makes a run of exchanges one conversation: principal, instructions, first message. */
  session: z.string().optional(),
  /** The route's name (the key of `models` in the configuration) and the model the caller named. */
  route: z.string(),
  model: z.string(),
  upstream: z.string(),
  stream: z.boolean(),
});
export type Exchange = z.infer<typeof Exchange>;

/** Tokens and cost of one exchange; `estimated` where the upstream did not say. Cost in US dollars x 10^-6. */
export const Usage = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  costMicros: z.int().nonnegative(),
  estimated: z.boolean(),
});
export type Usage = z.infer<typeof Usage>;
