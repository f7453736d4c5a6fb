// A whole Responses answer: every text it holds, log probabilities in step with the text, and no echo of the request.
import { AncileError, isObject } from '../../base/index.ts';
import { readCount, type Json } from '../checks.ts';
import { replaceStrings } from '../pointer.ts';
import { IDENTIFIER, OUTPUT, VARIANT, oneOf, type Place, type Shape } from '../shape.ts';
import type { Edit, ResponseView, TokenUsage } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { alignLogprobs, dropLogprobs } from './logprobs.ts';
import { CLEANED, toOutputItem } from './responses-items.ts';

/** Settings of the request that a response repeats: no part of what it answers. */
const SETTING: Place = { channel: 'metadata', origin: 'untrusted' };

/** The members of a response besides its output. */
const RESPONSE_FIELDS: Readonly<Record<string, Shape>> = {
  id: IDENTIFIER,
  object: oneOf('response'),
  // Seconds since the epoch: the `known` only keeps the numbers from being read as texts.
  created_at: oneOf(),
  completed_at: oneOf(),
  status: VARIANT,
  model: IDENTIFIER,
  previous_response_id: IDENTIFIER,
  conversation: { fields: { id: IDENTIFIER } },
  incomplete_details: { fields: { reason: oneOf('max_output_tokens', 'content_filter', 'max_tool_calls') } },
  service_tier: VARIANT,
  truncation: VARIANT,
  prompt_cache_retention: oneOf('in_memory', 'in-memory', '24h'),
  tool_choice: {
    place: SETTING,
    known: oneOf('none', 'auto', 'required').known!,
    fields: { type: VARIANT, mode: VARIANT },
  },
  metadata: { place: SETTING },
  user: { place: SETTING },
  safety_identifier: { place: SETTING },
  prompt_cache_key: { place: SETTING },
  reasoning: { place: SETTING, fields: { effort: VARIANT, summary: VARIANT, context: VARIANT, mode: VARIANT } },
  text: { place: SETTING, fields: { format: { fields: { type: VARIANT } }, verbosity: VARIANT } },
};

const RESPONSE: Shape = {
  place: OUTPUT,
  fields: { ...RESPONSE_FIELDS, output: { items: toOutputItem(CLEANED) } },
};
/** A response within a stream, where the output is read for itself. */
export const STREAMED_RESPONSE: Shape = { place: OUTPUT, fields: { ...RESPONSE_FIELDS, output: { skip: true } } };

/**
 * Empties the members that repeat the caller's own instructions, tools and answer format to him: judged as output they
 * would be a leak of the system prompt, or an answer that is not of the format, and he has them.
 */
export function dropEcho(response: Json): void {
  if (Object.hasOwn(response, 'instructions')) response['instructions'] = null;
  if (Object.hasOwn(response, 'tools')) response['tools'] = [];
  if (Object.hasOwn(response, 'prompt')) response['prompt'] = null;
  const text = response['text'];
  const format = isObject(text) ? text['format'] : undefined;
  if (isObject(text) && isObject(format)) text['format'] = { type: format['type'] };
}

/** Usage of a response; undefined where it does not say. */
export function readResponsesUsage(response: Json): TokenUsage | undefined {
  const usage = response['usage'];
  if (!isObject(usage)) return undefined;
  const inputTokens = readCount(usage['input_tokens']);
  const outputTokens = readCount(usage['output_tokens']);
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}

/** Why a response ended: what made it incomplete, or its status. */
export function readEnding(response: Json): string[] {
  const details = response['incomplete_details'];
  const reason = isObject(details) ? details['reason'] : undefined;
  const said = reason ?? response['status'];
  return typeof said === 'string' ? [said] : [];
}

function malformed(at: string, expected: string): AncileError {
  return new AncileError('upstream_malformed', `${at} of the upstream's answer is not ${expected}`, { at });
}

/** Keeps of an item's log probabilities only the entries that spell its texts. */
function cleanItem(item: Json): void {
  const parts = [item['content'], item['summary']].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  for (const part of parts) {
    if (!isObject(part) || !Object.hasOwn(part, 'logprobs')) continue;
    const text = part['text'];
    part['logprobs'] =
      typeof text === 'string' ? alignLogprobs(part['logprobs'], text).map((token) => token.entry) : [];
  }
}

/**
 * Reads the body of a whole answer. Every string is a segment: channel `output`, `tool_argument` inside calls,
 * `tool_result` and `document` for what hosted tools brought in. From `value` is removed what repeats the request, and
 * log probabilities that do not spell the text.
 * @throws AncileError `upstream_malformed`.
 */
export function readResponsesAnswer(value: unknown): ResponseView {
  if (!isObject(value)) throw malformed('the body', 'an object');
  const output = value['output'];
  if (!Array.isArray(output)) throw malformed('output', 'an array');
  (output as unknown[]).forEach((item, i) => {
    if (!isObject(item)) throw malformed(`output[${i}]`, 'an object');
    cleanItem(item);
  });
  dropEcho(value);
  const usage = readResponsesUsage(value);
  return {
    ...readByShape(value, RESPONSE, OUTPUT),
    finishReasons: readEnding(value),
    ...(usage !== undefined && { usage }),
  };
}

/**
 * Puts changed texts back into a request or an answer, and drops the log probabilities of what was changed: those over
 * `spans`, or all of the text's where an edit does not name its spans. Changes `body`.
 */
export function redactResponses(body: unknown, edits: readonly Edit[]): unknown {
  const kept: [part: Json, entries: readonly unknown[]][] = [];
  for (const edit of edits) {
    const match = /^\/output\/(\d{1,9})\/content\/(\d{1,9})\/text$/.exec(edit.path);
    if (match === null || !isObject(body) || !Array.isArray(body['output'])) continue;
    const item: unknown = (body['output'] as unknown[])[Number(match[1])];
    const content = isObject(item) && Array.isArray(item['content']) ? (item['content'] as unknown[]) : [];
    const part = content[Number(match[2])];
    if (!isObject(part) || typeof part['text'] !== 'string' || !Array.isArray(part['logprobs'])) continue;
    const tokens =
      edit.spans === undefined ? [] : dropLogprobs(alignLogprobs(part['logprobs'], part['text']), edit.spans);
    kept.push([part, tokens.map((token) => token.entry)]);
  }
  const result = replaceStrings(body, edits);
  // Last: an edit may name a place in what goes.
  for (const [part, entries] of kept) part['logprobs'] = entries;
  return result;
}
