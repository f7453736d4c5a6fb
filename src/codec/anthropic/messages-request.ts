// A Messages request, checked where we rely on it and read everywhere.
import { isObject } from '../../base/index.ts';
import type { Capability, Segment } from '../../contract/index.ts';
import { checkArray, checkCount, checkFlag, checkName, checkObject, invalid, type Json } from '../checks.ts';
import {
  ASSISTANT,
  IDENTIFIER,
  METADATA,
  SYSTEM,
  TOOL_DESCRIPTION,
  USER,
  oneOf,
  type Place,
  type Shape,
} from '../shape.ts';
import type { RequestView } from '../surface.ts';
import { toConversationKey } from '../openai/chat-request.ts';
import { readByShape } from '../walk.ts';
import { CACHE_CONTROL, contentOf } from './block-shape.ts';

const MAX_TOKENS = 100_000_000;

const message = (place: Place): Shape => ({
  place,
  fields: { role: oneOf('user', 'assistant', 'system'), content: contentOf(place) },
});
const FROM_ASSISTANT = message(ASSISTANT);
const FROM_SYSTEM = message(SYSTEM);
const FROM_USER = message(USER);

const REQUEST: Shape = {
  place: METADATA,
  fields: {
    model: IDENTIFIER,
    system: contentOf(SYSTEM),
    messages: {
      items: {
        pick: ({ role }) => (role === 'assistant' ? FROM_ASSISTANT : role === 'system' ? FROM_SYSTEM : FROM_USER),
      },
    },
    tools: {
      items: {
        place: TOOL_DESCRIPTION,
        fields: { type: oneOf('custom'), name: {}, description: {}, input_schema: {}, cache_control: CACHE_CONTROL },
      },
    },
    tool_choice: { fields: { type: oneOf('auto', 'any', 'tool', 'none'), name: {} } },
    thinking: {
      fields: {
        type: oneOf('enabled', 'disabled', 'adaptive', 'between_tools'),
        display: oneOf('summarized', 'omitted'),
      },
    },
    output_config: {
      place: TOOL_DESCRIPTION,
      fields: {
        effort: oneOf('low', 'medium', 'high', 'xhigh', 'max'),
        format: { fields: { type: oneOf('json_schema') } },
      },
    },
    service_tier: oneOf('auto', 'standard_only'),
    cache_control: CACHE_CONTROL,
    metadata: {},
    stop_sequences: {},
    max_tokens: {},
    stream: {},
    container: {},
    mcp_servers: {},
  },
};

const STATE_FIELDS = [
  'container',
  'thread',
  'thread_id',
  'previous_message_id',
  'context_management',
  'user_profile_id',
];
const HOSTED_FIELDS = ['fallbacks', 'models', 'plugins'];

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

function checkContent(value: unknown, at: string): void {
  if (typeof value === 'string') return;
  if (!Array.isArray(value)) throw invalid(at, 'a string or an array of content blocks');
  value.forEach((block, i) => checkObject(block, `${at}[${i}]`));
}

function readCapabilities(body: Json): Capability[] {
  const found = new Set<Capability>();
  if (given(body['tools'])) {
    checkArray(body['tools'], 'tools').forEach((value, i) => {
      const type = checkObject(value, `tools[${i}]`)['type'] ?? 'custom';
      if (typeof type === 'string' && type.startsWith('mcp')) found.add('caller_tool_server');
      else if (type !== 'custom') found.add('hosted_tool');
    });
  }
  if (given(body['mcp_servers'])) found.add('caller_tool_server');
  if (HOSTED_FIELDS.some((name) => given(body[name]))) found.add('hosted_tool');
  if (STATE_FIELDS.some((name) => given(body[name]))) found.add('stored_state');
  return [...found];
}

function readSchema(body: Json): unknown {
  const config = isObject(body['output_config']) ? body['output_config']['format'] : body['output_format'];
  if (!given(config)) return undefined;
  const schema = checkObject(config, 'output_config.format')['schema'];
  return given(schema) ? checkObject(schema, 'output_config.format.schema') : undefined;
}

const textsOf = (segments: readonly Segment[], channel: string): string[] =>
  segments.filter((segment) => segment.channel === channel).map((segment) => segment.text);

/**
 * Reads the body of `POST /v1/messages`. Unknown fields pass, and their strings are segments of the channel around
 * them (`metadata` at the top).
 * @throws AncileError `request_invalid`.
 */
export function readMessagesRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  const model = checkName(body['model'], 'model');
  const messages = checkArray(body['messages'], 'messages');
  if (messages.length === 0) throw invalid('messages', 'an array of at least one message');
  messages.forEach((each, i) => {
    const one = checkObject(each, `messages[${i}]`);
    checkName(one['role'], `messages[${i}].role`);
    checkContent(one['content'], `messages[${i}].content`);
  });
  if (given(body['system'])) checkContent(body['system'], 'system');
  const stream = checkFlag(body['stream'], 'stream');
  const maxOutputTokens = checkCount(body['max_tokens'], 'max_tokens', MAX_TOKENS);
  const capabilities = readCapabilities(body);
  const responseSchema = readSchema(body);
  const { segments, uninspected } = readByShape(body, REQUEST, METADATA, { refuseCaseVariants: true });
  return {
    model,
    stream,
    n: 1,
    includeUsage: true,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(responseSchema !== undefined && { responseSchema }),
    capabilities,
    systemPrompts: textsOf(segments, 'system'),
    conversationKey: toConversationKey(segments),
    segments,
    uninspected,
  };
}

/** Puts the upstream's model name in. Usage is always part of an answer. Changes `body`. */
export function prepareMessagesRequest(value: unknown, model: string): void {
  checkObject(value, 'the request body')['model'] = model;
}
