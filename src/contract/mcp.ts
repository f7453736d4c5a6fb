// Tool servers (Model Context Protocol): how the configuration words them, and what is pinned of what they offer.
import { z } from 'zod';
import { Finding } from './finding.ts';
import { Duration, SecretRef } from './values.ts';

/** A setting that may be a secret: written where it is none, named where it is one. */
const Value = z
  .union([z.string(), SecretRef])
  .describe('a text, or the name of a secret: { env: NAME } or { file: PATH }');

const ToolRule = z.strictObject({
  arguments: z
    .record(z.string(), z.unknown().describe('a keyword of JSON Schema'))
    .optional()
    .describe("a JSON Schema that arguments must conform to as well as to the tool's own: values, bounds, patterns"),
  principals: z
    .array(z.string().min(1))
    .optional()
    .describe('names of keys (or patterns with `*`) that may call it; without it every key with the tool in its scope'),
  deny: z.boolean().default(false).describe('nobody sees or calls it'),
});

const server = {
  labels: z
    .string()
    .min(1)
    .optional()
    .describe('file (JSON or YAML) that says what its tools do and which fields of results are trusted'),
  trusted: z
    .boolean()
    .default(false)
    .describe('its own annotations and labels are believed; else they only make things stricter'),
  principals: z
    .array(z.string().min(1))
    .optional()
    .describe('names of keys (or patterns with `*`) that may use it; without it every key with it in its scope'),
  tools: z
    .record(z.string().min(1), ToolRule)
    .default({})
    .describe('rules by name of the tool, or by a pattern with `*`: all that match hold'),
  pin: z
    .enum(['approve', 'first_use'])
    .default('approve')
    .describe(
      'definitions nobody has decided on: `approve` holds every one, `first_use` takes those of the first list and holds what comes later',
    ),
  sampling: z
    .enum(['deny', 'allow'])
    .default('deny')
    .describe("whether it may ask the client's model; what it asks is inspected"),
  elicitation: z
    .enum(['deny', 'form', 'any'])
    .default('deny')
    .describe('whether it may ask the user: by form, or also by sending him to an address'),
  roots: z.enum(['deny', 'allow']).default('deny').describe('whether it is told which folders the client works in'),
  timeout: Duration.prefault('60s').describe('a call must have ended within'),
  resultBytes: z.int().positive().default(1_000_000).describe('largest message that is read from it'),
};

/** One that is reached over HTTP has a `url`; one that the gateway runs itself, a process for each session, a `command`. */
export const ToolServerConfig = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('its address (Streamable HTTP)'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), Value)
      .default({})
      .describe("headers it is sent, its credentials among them; never the caller's"),
    command: z.string().min(1).optional().describe('or: program that speaks the protocol over its input and output'),
    args: z.array(z.string()).default([]).describe('its arguments; no shell reads them'),
    env: z
      .record(z.string().min(1), Value)
      .default({})
      .describe('its environment: this, a plain PATH, and HOME in its own folder; nothing of the gateway’s'),
    cwd: z.string().min(1).optional().describe('its working folder; without it one of its own below `dataDir`'),
    memoryMb: z.int().positive().default(1024).describe('it is ended where it and its children take more (Linux)'),
    ...server,
  })
  .superRefine(({ url, command, headers }, context) => {
    if ((url === undefined) === (command === undefined)) {
      context.addIssue({ code: 'custom', path: ['url'], message: 'expected either `url` or `command`' });
    }
    if (command !== undefined && Object.keys(headers).length > 0) {
      context.addIssue({ code: 'custom', path: ['headers'], message: 'only a server with `url` is sent headers' });
    }
    if (url !== undefined && /[?#]|^[^/]*\/\/[^/]*@/.test(url)) {
      const message = 'expected an address without query, fragment and user: what is secret goes into `headers`';
      context.addIssue({ code: 'custom', path: ['url'], message });
    }
  })
  .describe('a tool server: with `url`, or with `command`');
export type ToolServerConfig = z.infer<typeof ToolServerConfig>;

/** Names stand before `__` in names of tools, so they have no underscore themselves. */
const ServerName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'expected up to 32 small letters, digits and hyphens');

const Authorization = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }).describe('the authorization server: `iss` of its tokens'),
  jwks: z.url({ protocol: /^https?$/ }).describe('where its public keys are'),
  audience: z.array(z.string().min(1)).optional().describe('`aud` of tokens meant for here; default `resource`'),
  tenant: z.string().min(1).max(100).default('default').describe('whose the bearers of its tokens are'),
});

export const Mcp = z
  .strictObject({
    servers: z.record(ServerName, ToolServerConfig).default({}).describe('tool servers by name'),
    resource: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('address by which clients reach the gateway, such as https://tools.example; needed beyond loopback'),
    hosts: z.array(z.string().min(1)).default([]).describe('further values of the Host header that are answered'),
    origins: z.array(z.string().min(1)).default([]).describe('web origins whose pages may connect; others get 403'),
    authorization: Authorization.optional().describe('tokens of an authorization server are taken besides keys'),
    sessions: z.int().positive().default(200).describe('sessions at once'),
    sessionIdle: Duration.prefault('30m').describe('a session without a message ends after'),
  })
  .describe('tool servers behind the gateway (Model Context Protocol)');
export type Mcp = z.infer<typeof Mcp>;

/** What a tool server offers; `instructions`: what it tells agents of itself when they begin. */
export const DefinitionKind = z.enum(['tool', 'prompt', 'resource', 'template', 'instructions']);
export type DefinitionKind = z.infer<typeof DefinitionKind>;

/** `changed`: another definition than the approved one was seen, and is held. */
export const PinState = z.enum(['pending', 'changed', 'approved', 'denied']);
export type PinState = z.infer<typeof PinState>;

/** One definition as it was seen. */
export const PinnedDefinition = z.object({
  /** SHA-256 (hex) of its canonical JSON. */
  digest: z.string(),
  definition: z.record(z.string(), z.unknown()),
  /** ISO 8601 time it was first seen. */
  seen: z.string(),
  findings: z.array(Finding),
});
export type PinnedDefinition = z.infer<typeof PinnedDefinition>;

/** What was decided on a definition, and what waits for a decision. */
export const ToolPin = z.object({
  server: z.string(),
  kind: DefinitionKind,
  name: z.string(),
  state: PinState,
  /** The one that is in use. */
  approved: PinnedDefinition.optional(),
  /** The newest that is not: it waits, or was denied. */
  pending: PinnedDefinition.optional(),
  decided: z.object({ time: z.string(), actor: z.string(), note: z.string().optional() }).optional(),
});
export type ToolPin = z.infer<typeof ToolPin>;

/** A tool server as it was last seen. */
export const ToolServerSeen = z.object({
  server: z.string(),
  /** As it calls itself. */
  name: z.string(),
  version: z.string(),
  protocol: z.string(),
  /** ISO 8601 times. */
  first: z.string(),
  last: z.string(),
  tools: z.array(z.object({ name: z.string(), digest: z.string() })),
});
export type ToolServerSeen = z.infer<typeof ToolServerSeen>;
