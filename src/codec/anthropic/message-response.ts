// A whole Messages answer: every text it holds, and what it used.
import { AncileError, isObject } from '../../base/index.ts';
import { readCount, type Json } from '../checks.ts';
import { IDENTIFIER, OUTPUT, oneOf, type Shape } from '../shape.ts';
import type { ResponseView, TokenUsage } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { BLOCK } from './block-shape.ts';

export const STOP_REASON = oneOf(
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
);

export const USAGE: Shape = {
  fields: {
    service_tier: oneOf('standard', 'priority', 'batch'),
    speed: oneOf('standard', 'fast'),
    inference_geo: IDENTIFIER,
    cache_creation: { fields: { ephemeral_5m_input_tokens: {}, ephemeral_1h_input_tokens: {} } },
  },
};

/** The message of an answer, whole or as a stream starts it. */
export const MESSAGE: Shape = {
  place: OUTPUT,
  fields: {
    id: IDENTIFIER,
    type: oneOf('message'),
    role: oneOf('assistant'),
    model: IDENTIFIER,
    content: { items: BLOCK },
    stop_reason: STOP_REASON,
    usage: USAGE,
  },
};

/** Usage figures an object's `usage` names; cached input counts as input. */
export function readMessageUsage(holder: Json): Partial<TokenUsage> {
  const usage = holder['usage'];
  if (!isObject(usage)) return {};
  const input = readCount(usage['input_tokens']);
  const cached =
    (readCount(usage['cache_creation_input_tokens']) ?? 0) + (readCount(usage['cache_read_input_tokens']) ?? 0);
  const outputTokens = readCount(usage['output_tokens']);
  return {
    ...(input !== undefined && { inputTokens: input + cached }),
    ...(outputTokens !== undefined && { outputTokens }),
  };
}

/**
 * Reads the body of a whole answer. Every string is a segment: channel `output`, `tool_argument` inside tool calls,
 * `tool_result` and `document` for what hosted tools brought in.
 * @throws AncileError `upstream_malformed`.
 */
export function readMessageResponse(value: unknown): ResponseView {
  if (!isObject(value) || !Array.isArray(value['content']) || !value['content'].every(isObject)) {
    const at = 'content';
    throw new AncileError('upstream_malformed', "content of the upstream's answer is not an array of blocks", { at });
  }
  const { inputTokens, outputTokens } = readMessageUsage(value);
  const reason = value['stop_reason'];
  return {
    ...readByShape(value, MESSAGE, OUTPUT),
    finishReasons: typeof reason === 'string' ? [reason] : [],
    ...(inputTokens !== undefined && outputTokens !== undefined && { usage: { inputTokens, outputTokens } }),
  };
}
