// A Responses request, checked where we rely on it and read everywhere.
import { isObject } from '../../base/index.ts';
import type { Capability } from '../../contract/index.ts';
import { checkArray, checkCount, checkFlag, checkName, checkObject, invalid, type Json } from '../checks.ts';
import { IDENTIFIER, METADATA, SYSTEM, TOOL_DESCRIPTION, USER, VARIANT, oneOf, type Shape } from '../shape.ts';
import type { RequestView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { HOSTED_FIELDS, MAX_CHOICES, MAX_TOKENS, STATE_FIELDS, capabilitiesOfName, given } from './chat-request.ts';
import { toConversationKey } from './chat-request.ts';
import { noteTools } from './hosted-tools.ts';
import { INPUT_ITEM, TOOLS } from './responses-items.ts';

/** Fields by which a request leans on state that the provider keeps. */
export const RESPONSES_STATE_FIELDS = [...STATE_FIELDS, 'context_management'];

const named = (names: readonly string[]): Record<string, Shape> => Object.fromEntries(names.map((name) => [name, {}]));

const REQUEST: Shape = {
  place: METADATA,
  fields: {
    // Naming them refuses other spellings of them, which lenient upstreams would read as the field.
    ...named(RESPONSES_STATE_FIELDS),
    ...named(HOSTED_FIELDS),
    ...named(['stream', 'stream_options', 'max_output_tokens', 'n', 'metadata', 'mcp_servers', 'moderation']),
    model: IDENTIFIER,
    input: { place: USER, items: INPUT_ITEM },
    instructions: { place: SYSTEM, items: INPUT_ITEM },
    prompt: { place: USER },
    tools: TOOLS,
    tool_choice: {
      known: oneOf('none', 'auto', 'required').known!,
      place: TOOL_DESCRIPTION,
      fields: { type: VARIANT, mode: VARIANT },
    },
    text: {
      place: TOOL_DESCRIPTION,
      fields: {
        format: { fields: { type: oneOf('text', 'json_object', 'json_schema') } },
        verbosity: oneOf('low', 'medium', 'high'),
      },
    },
    reasoning: {
      fields: { effort: VARIANT, summary: VARIANT, generate_summary: VARIANT, context: VARIANT, mode: VARIANT },
    },
    include: { items: VARIANT },
    service_tier: oneOf('auto', 'default', 'flex', 'scale', 'priority'),
    truncation: oneOf('auto', 'disabled'),
    prompt_cache_retention: oneOf('in_memory', 'in-memory', '24h'),
    context_management: { items: { fields: { type: VARIANT } } },
  },
};

/** Whether an item stands for something that only the provider has: its content is looked up there by its id. */
function isReference(item: Json): boolean {
  const type = item['type'] ?? (item['role'] === undefined ? 'item_reference' : 'message');
  if (type === 'item_reference') return true;
  if (!given(item['id'])) return false;
  if (type === 'reasoning') return !given(item['encrypted_content']) && !given(item['content']);
  return type === 'image_generation_call' && !given(item['result']);
}

function checkInput(body: Json, found: Set<Capability>): void {
  const input = body['input'];
  if (!given(input) || typeof input === 'string') return;
  checkArray(input, 'input').forEach((value, i) => {
    const item = checkObject(value, `input[${i}]`);
    const content = item['content'];
    if (Array.isArray(content)) content.forEach((part, k) => checkObject(part, `input[${i}].content[${k}]`));
    else if (typeof content !== 'string' && given(content))
      throw invalid(`input[${i}].content`, 'a string, an array of parts or null');
    if (isReference(item)) found.add('stored_state');
    // Tools come by way of the history too.
    if (given(item['tools']) && item['type'] !== 'mcp_list_tools') noteTools(item['tools'], `input[${i}].tools`, found);
  });
}

function readCapabilities(body: Json): Capability[] {
  const found = new Set(capabilitiesOfName(body['model']));
  checkInput(body, found);
  noteTools(body['tools'], 'tools', found);
  if (HOSTED_FIELDS.some((name) => given(body[name]))) found.add('hosted_tool');
  if (given(body['mcp_servers'])) found.add('caller_tool_server');
  if (RESPONSES_STATE_FIELDS.some((name) => given(body[name]))) found.add('stored_state');
  return [...found];
}

function readSchema(body: Json): unknown {
  if (!given(body['text'])) return undefined;
  const format = checkObject(body['text'], 'text')['format'];
  if (!given(format)) return undefined;
  const schema = checkObject(format, 'text.format')['schema'];
  return given(schema) ? checkObject(schema, 'text.format.schema') : undefined;
}

/**
 * Reads the body of `POST /v1/responses`. Unknown fields pass, and their strings are segments of the channel around
 * them (`metadata` at the top).
 * @throws AncileError `request_invalid`.
 */
export function readResponsesRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  const model = checkName(body['model'], 'model');
  const stream = checkFlag(body['stream'], 'stream');
  const n = checkCount(body['n'], 'n', MAX_CHOICES) ?? 1;
  const maxOutputTokens = checkCount(body['max_output_tokens'], 'max_output_tokens', MAX_TOKENS);
  checkFlag(body['store'], 'store');
  const capabilities = readCapabilities(body);
  const responseSchema = readSchema(body);
  const { segments, uninspected } = readByShape(body, REQUEST, METADATA, { refuseCaseVariants: true });
  return {
    model,
    stream,
    n,
    // Usage is part of the last event, whoever asks.
    includeUsage: true,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(responseSchema !== undefined && { responseSchema }),
    capabilities,
    systemPrompts: segments.filter((segment) => segment.channel === 'system').map((segment) => segment.text),
    conversationKey: toConversationKey(segments),
    segments,
    uninspected,
  };
}

/**
 * Puts the upstream's model name in. The interface keeps every answer at the provider unless told not to, so a caller
 * who asks for no state gets none: `store` is false unless he says otherwise. Changes `body`.
 */
export function prepareResponsesRequest(value: unknown, model: string): void {
  const body = checkObject(value, 'the request body');
  body['model'] = model;
  if (!RESPONSES_STATE_FIELDS.some((name) => given(body[name]))) body['store'] = false;
}

/** The request once more with the answer's text and what was wrong with it. Its arguments stay as they are. */
export function reaskResponses(value: unknown, answer: unknown, complaint: string): unknown {
  const body = checkObject(value, 'the request body');
  const { input } = body;
  const before: unknown[] = Array.isArray(input)
    ? (input as unknown[])
    : typeof input === 'string'
      ? [{ role: 'user', content: input }]
      : [];
  const said = toAnswerText(answer);
  const turns = [...(said === '' ? [] : [{ role: 'assistant', content: said }]), { role: 'user', content: complaint }];
  return { ...body, input: [...before, ...turns] };
}

/** What an answer says to its reader: its messages' texts, or its refusal. */
function toAnswerText(answer: unknown): string {
  const output = isObject(answer) && Array.isArray(answer['output']) ? (answer['output'] as unknown[]) : [];
  return output
    .flatMap((item) => (isObject(item) && item['type'] === 'message' ? item['content'] : []))
    .map((part) => (isObject(part) ? (part['text'] ?? part['refusal']) : undefined))
    .filter((text) => typeof text === 'string')
    .join('\n');
}
