// A whole Chat Completions answer: every text it holds, and its log probabilities kept in step with the text.
import { AncileError, isObject } from '../../base/index.ts';
import { readCount, type Json } from '../checks.ts';
import { replaceStrings } from '../pointer.ts';
import { IDENTIFIER, OUTPUT, oneOf, type Shape } from '../shape.ts';
import type { Edit, ResponseView, TokenUsage } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { alignLogprobs, dropLogprobs } from './logprobs.ts';
import { CONTENT, TOOL_CALL } from './request-shape.ts';

export const FINISH_REASON = oneOf('stop', 'length', 'tool_calls', 'content_filter', 'function_call');

/** Fields that say what the object is, in whole answers and chunks alike. */
export const ENVELOPE: Readonly<Record<string, Shape>> = {
  id: IDENTIFIER,
  object: oneOf('chat.completion', 'chat.completion.chunk', 'text_completion'),
  // Seconds since the epoch: the `known` only keeps the number from being read as a text.
  created: oneOf(),
  model: IDENTIFIER,
  system_fingerprint: IDENTIFIER,
  service_tier: oneOf('auto', 'default', 'flex', 'scale', 'priority', 'standard'),
};

const RESPONSE: Shape = {
  place: OUTPUT,
  fields: {
    ...ENVELOPE,
    choices: {
      items: {
        fields: {
          finish_reason: FINISH_REASON,
          // Cleaned before: what is left of them repeats the message and nothing else.
          logprobs: { skip: true },
          message: {
            fields: {
              role: oneOf('assistant'),
              content: CONTENT,
              tool_calls: { items: TOOL_CALL },
              function_call: { place: TOOL_CALL.place!, fields: { name: {}, arguments: { json: true } } },
              audio: { fields: { id: IDENTIFIER, data: { opaque: 'audio' }, expires_at: oneOf() } },
              annotations: { items: { fields: { type: oneOf('url_citation') } } },
            },
          },
        },
      },
    },
  },
};

function malformed(at: string, expected: string): AncileError {
  return new AncileError('upstream_malformed', `${at} of the upstream's answer is not ${expected}`, { at });
}

/** Usage of an OpenAI answer or chunk; undefined where it does not say. */
export function readChatUsage(body: Json): TokenUsage | undefined {
  const usage = body['usage'];
  if (!isObject(usage)) return undefined;
  const inputTokens = readCount(usage['prompt_tokens']);
  const outputTokens = readCount(usage['completion_tokens']);
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}

/** The two texts of a message that log probabilities may repeat. */
const TWINS = ['content', 'refusal'] as const;

/** Keeps of a choice's log probabilities only the entries that spell its texts. */
function cleanLogprobs(choice: Json, message: Json): void {
  const given = choice['logprobs'];
  if (given === undefined || given === null) return;
  const clean: Json = {};
  for (const name of TWINS) {
    const text = message[name];
    const entries = isObject(given) ? given[name] : undefined;
    if (isObject(given) && Object.hasOwn(given, name)) {
      clean[name] =
        typeof text === 'string' && Array.isArray(entries) ? alignLogprobs(entries, text).map((t) => t.entry) : null;
    }
  }
  choice['logprobs'] = clean;
}

/**
 * Reads the body of a whole answer. Every string is a segment of channel `output`, or `tool_argument` inside tool
 * calls; log probabilities that do not spell the text are removed from `value`.
 * @throws AncileError `upstream_malformed`.
 */
export function readChatResponse(value: unknown): ResponseView {
  if (!isObject(value)) throw malformed('the body', 'an object');
  const choices = value['choices'];
  if (!Array.isArray(choices)) throw malformed('choices', 'an array');
  const finishReasons: string[] = [];
  (choices as unknown[]).forEach((choice, i) => {
    if (!isObject(choice)) throw malformed(`choices[${i}]`, 'an object');
    const message = choice['message'];
    if (!isObject(message)) throw malformed(`choices[${i}].message`, 'an object');
    cleanLogprobs(choice, message);
    if (typeof choice['finish_reason'] === 'string') finishReasons.push(choice['finish_reason']);
  });
  const usage = readChatUsage(value);
  const reading = readByShape(value, RESPONSE, OUTPUT);
  return { ...reading, finishReasons, ...(usage !== undefined && { usage }) };
}

/**
 * Puts changed texts back into a request or an answer, and drops the log probabilities of what was changed: those
 * over `spans`, or all of the text's where an edit does not name its spans. Changes `body`.
 */
export function redactChat(body: unknown, edits: readonly Edit[]): unknown {
  for (const edit of edits) {
    const match = /^\/choices\/(\d{1,9})\/message\/(content|refusal)$/.exec(edit.path);
    if (match === null || !isObject(body) || !Array.isArray(body['choices'])) continue;
    const choice: unknown = (body['choices'] as unknown[])[Number(match[1])];
    if (!isObject(choice) || !isObject(choice['logprobs']) || !isObject(choice['message'])) continue;
    const name = match[2]!;
    const text = choice['message'][name];
    const aligned = typeof text === 'string' ? alignLogprobs(choice['logprobs'][name], text) : [];
    const kept = edit.spans === undefined ? [] : dropLogprobs(aligned, edit.spans);
    choice['logprobs'][name] = kept.map((token) => token.entry);
  }
  return replaceStrings(body, edits);
}
