// A Chat Completions request, checked where we rely on it and read everywhere.
import { isObject } from '../../base/index.ts';
import type { Capability, Segment } from '../../contract/index.ts';
import { checkArray, checkCount, checkFlag, checkName, checkObject, invalid, type Json } from '../checks.ts';
import { METADATA } from '../shape.ts';
import type { RequestView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { REQUEST } from './request-shape.ts';

/** Answers a request may ask for at once: OpenAI's own limit. */
export const MAX_CHOICES = 128;
/** More tokens than any model answers with. */
export const MAX_TOKENS = 100_000_000;

/** Fields by which a request leans on state that the provider keeps (a preset of OpenRouter's is a prompt kept there). */
export const STATE_FIELDS = [
  'preset',
  'store',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
  'thread_id',
];
/** Fields by which a request has the provider search, or choose another model than the route's. */
export const HOSTED_FIELDS = [
  'web_search_options',
  'plugins',
  'models',
  'fallbacks',
  'search_parameters',
  'tool_resources',
];

/** What the name of a model asks for besides the model: OpenRouter's searches (`:online`) and kept prompts (`@preset/`). */
export function capabilitiesOfName(model: unknown): Capability[] {
  if (typeof model !== 'string') return [];
  const found: Capability[] = [];
  if (/:online\b/i.test(model)) found.push('hosted_tool');
  if (/@preset\b/i.test(model)) found.push('stored_state');
  return found;
}

function checkMessages(body: Json): Json[] {
  const messages = checkArray(body['messages'], 'messages');
  if (messages.length === 0) throw invalid('messages', 'an array of at least one message');
  return messages.map((value, i) => {
    const message = checkObject(value, `messages[${i}]`);
    checkName(message['role'], `messages[${i}].role`);
    const content = message['content'];
    if (Array.isArray(content)) {
      content.forEach((part, k) => checkObject(part, `messages[${i}].content[${k}]`));
    } else if (typeof content !== 'string' && content !== null && content !== undefined) {
      throw invalid(`messages[${i}].content`, 'a string, an array of parts or null');
    }
    return message;
  });
}

/** Whether an optional field says something: null and false count as absent. */
export const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

function readCapabilities(body: Json): Capability[] {
  const found = new Set(capabilitiesOfName(body['model']));
  const tools = body['tools'];
  if (given(tools)) {
    checkArray(tools, 'tools').forEach((value, i) => {
      const tool = checkObject(value, `tools[${i}]`);
      const type = tool['type'] ?? (isObject(tool['function']) ? 'function' : 'unknown');
      if (type === 'mcp') found.add('caller_tool_server');
      else if (type !== 'function' && type !== 'custom') found.add('hosted_tool');
    });
  }
  if (HOSTED_FIELDS.some((name) => given(body[name]))) found.add('hosted_tool');
  if (given(body['mcp_servers'])) found.add('caller_tool_server');
  const messages = body['messages'] as Json[];
  if (STATE_FIELDS.some((name) => given(body[name])) || messages.some((message) => given(message['audio']))) {
    found.add('stored_state');
  }
  return [...found];
}

function readSchema(body: Json): unknown {
  const format = body['response_format'];
  if (!given(format)) return undefined;
  const wrapper = checkObject(format, 'response_format')['json_schema'];
  if (!given(wrapper)) return undefined;
  const schema = checkObject(wrapper, 'response_format.json_schema')['schema'];
  return given(schema) ? checkObject(schema, 'response_format.json_schema.schema') : undefined;
}

/** As much of a text as tells conversations apart. */
const TELLING = 512;

/** The beginnings of the system texts and of the first user message, as one string with unambiguous borders. */
export function toConversationKey(segments: readonly Segment[]): string {
  let key = '';
  for (const { channel, text } of segments) {
    if (channel !== 'system' && channel !== 'user') continue;
    const head = text.slice(0, TELLING);
    key += `${channel} ${text.length} ${head.length}:${head}`;
    if (channel === 'user') break;
  }
  return key;
}

/**
 * Reads the body of `POST /v1/chat/completions`. Unknown fields pass, and their strings are segments of the channel
 * around them (`metadata` at the top).
 * @throws AncileError `request_invalid`.
 */
export function readChatRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  const model = checkName(body['model'], 'model');
  checkMessages(body);
  const stream = checkFlag(body['stream'], 'stream');
  const n = checkCount(body['n'], 'n', MAX_CHOICES) ?? 1;
  const older = checkCount(body['max_tokens'], 'max_tokens', MAX_TOKENS);
  const newer = checkCount(body['max_completion_tokens'], 'max_completion_tokens', MAX_TOKENS);
  const streamOptions = given(body['stream_options']) ? checkObject(body['stream_options'], 'stream_options') : {};
  const includeUsage = checkFlag(streamOptions['include_usage'], 'stream_options.include_usage');
  const capabilities = readCapabilities(body);
  const responseSchema = readSchema(body);
  const { segments, uninspected } = readByShape(body, REQUEST, METADATA, { refuseCaseVariants: true });
  // Given both, an upstream may read either: the larger is what a budget must hold.
  const bounds = [older, newer].filter((bound) => bound !== undefined);
  return {
    model,
    stream,
    n,
    includeUsage,
    ...(bounds.length > 0 && { maxOutputTokens: Math.max(...bounds) }),
    ...(responseSchema !== undefined && { responseSchema }),
    capabilities,
    systemPrompts: segments.filter((segment) => segment.channel === 'system').map((segment) => segment.text),
    conversationKey: toConversationKey(segments),
    segments,
    uninspected,
  };
}

/** Puts the upstream's model name in, and on a stream asks for usage figures. Changes `body`. */
export function prepareChatRequest(value: unknown, model: string): void {
  const body = checkObject(value, 'the request body');
  body['model'] = model;
  if (body['stream'] === true) {
    const options = isObject(body['stream_options']) ? body['stream_options'] : {};
    body['stream_options'] = { ...options, include_usage: true };
  }
}

/** The request once more with the first answer's text and what was wrong with it. Its arguments stay as they are. */
export function reaskChat(value: unknown, answer: unknown, complaint: string): unknown {
  const body = checkObject(value, 'the request body');
  const messages = checkArray(body['messages'], 'messages');
  const choices = isObject(answer) && Array.isArray(answer['choices']) ? (answer['choices'] as unknown[]) : [];
  const first = isObject(choices[0]) ? choices[0]['message'] : undefined;
  const said = isObject(first) ? (first['content'] ?? first['refusal']) : undefined;
  // A call of a tool is left out: no result of it would follow.
  const turn = typeof said === 'string' && said !== '' ? [{ role: 'assistant', content: said }] : [];
  return { ...body, messages: [...messages, ...turn, { role: 'user', content: complaint }] };
}
