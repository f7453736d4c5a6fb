// Legacy completions: a prompt continued, whole or streamed.
import { AncileError, isObject } from '../../base/index.ts';
import { checkCount, checkFlag, checkObject, invalid, type Json } from '../checks.ts';
import { replaceStrings } from '../pointer.ts';
import { OUTPUT, USER, oneOf, type Shape } from '../shape.ts';
import type { Edit, RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { MAX_CHOICES, MAX_TOKENS, given } from './chat-request.ts';
import { ENVELOPE, FINISH_REASON, readChatUsage } from './chat-response.ts';
import { fromAligned, toEntries } from './legacy-logprobs.ts';
import { alignLogprobs, dropLogprobs } from './logprobs.ts';
import { plainShape, toPlainView } from './plain-request.ts';

/**
 * Texts, or tokens instead of them. Tokens are text that nobody here can read, so they are a part of unknown kind,
 * which the default policies refuse.
 */
export const TEXTS_OR_TOKENS: Shape = { numbers: 'unknown', items: { numbers: 'unknown' } };

const REQUEST = plainShape({
  prompt: { place: USER, ...TEXTS_OR_TOKENS },
  suffix: { place: USER },
  // vLLM takes a prompt as vectors, beside or in place of the text.
  prompt_embeds: { mark: 'unknown' },
  max_tokens: {},
  best_of: {},
  echo: {},
  logprobs: {},
  stream_options: {},
});

/** How many prompts there are: a list of texts or of token lists holds several. */
function countPrompts(prompt: unknown): number {
  if (!Array.isArray(prompt) || typeof prompt[0] === 'number') return 1;
  return prompt.length;
}

/** `max_tokens` may be 0 here: the prompt is echoed and nothing added. */
function readMaxTokens(value: unknown): number | undefined {
  return value === 0 ? 0 : checkCount(value, 'max_tokens', MAX_TOKENS);
}

/**
 * Reads the body of `POST /v1/completions`. Every prompt is answered `n` times, and `best_of` of them are made.
 * @throws AncileError `request_invalid`.
 */
export function readCompletionRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  const { prompt } = body;
  if (typeof prompt !== 'string' && !Array.isArray(prompt) && given(prompt))
    throw invalid('prompt', 'a string or an array of strings or tokens');
  const n = checkCount(body['n'], 'n', MAX_CHOICES) ?? 1;
  const made = checkCount(body['best_of'], 'best_of', MAX_CHOICES) ?? 1;
  const options = given(body['stream_options']) ? checkObject(body['stream_options'], 'stream_options') : {};
  return toPlainView(body, body, REQUEST, {
    stream: checkFlag(body['stream'], 'stream'),
    n: countPrompts(prompt) * Math.max(n, made),
    maxOutputTokens: readMaxTokens(body['max_tokens']),
    includeUsage: checkFlag(options['include_usage'], 'stream_options.include_usage'),
  });
}

const RESPONSE: Shape = {
  place: OUTPUT,
  fields: {
    ...ENVELOPE,
    object: oneOf('text_completion'),
    // Cleaned before: what is left of log probabilities repeats the text and nothing else.
    choices: { items: { fields: { finish_reason: FINISH_REASON, logprobs: { skip: true } } } },
  },
};

function malformed(at: string, expected: string): AncileError {
  return new AncileError('upstream_malformed', `${at} of the upstream's answer is not ${expected}`, { at });
}

function cleanLogprobs(choice: Json, text: string): void {
  if (!given(choice['logprobs'])) return;
  const aligned = alignLogprobs(toEntries(choice['logprobs']), text);
  choice['logprobs'] = aligned.length === 0 ? null : fromAligned(aligned);
}

/**
 * Reads the body of a whole answer. Log probabilities that do not spell the text are removed from `value`.
 * @throws AncileError `upstream_malformed`.
 */
export function readCompletion(value: unknown): ResponseView {
  if (!isObject(value)) throw malformed('the body', 'an object');
  const { choices } = value;
  if (!Array.isArray(choices)) throw malformed('choices', 'an array');
  const finishReasons: string[] = [];
  (choices as unknown[]).forEach((choice, i) => {
    if (!isObject(choice)) throw malformed(`choices[${i}]`, 'an object');
    if (typeof choice['text'] !== 'string') throw malformed(`choices[${i}].text`, 'a string');
    cleanLogprobs(choice, choice['text']);
    if (typeof choice['finish_reason'] === 'string') finishReasons.push(choice['finish_reason']);
  });
  const usage = readChatUsage(value);
  return { ...readByShape(value, RESPONSE, OUTPUT), finishReasons, ...(usage !== undefined && { usage }) };
}

/** Puts changed texts back, and drops the log probabilities of what was changed. Changes `body`. */
export function redactCompletion(body: unknown, edits: readonly Edit[]): unknown {
  for (const edit of edits) {
    const match = /^\/choices\/(\d{1,9})\/text$/.exec(edit.path);
    if (match === null || !isObject(body) || !Array.isArray(body['choices'])) continue;
    const choice: unknown = (body['choices'] as unknown[])[Number(match[1])];
    if (!isObject(choice) || typeof choice['text'] !== 'string' || !given(choice['logprobs'])) continue;
    const aligned = edit.spans === undefined ? [] : alignLogprobs(toEntries(choice['logprobs']), choice['text']);
    const kept = dropLogprobs(aligned, edit.spans ?? []);
    choice['logprobs'] = kept.length === 0 ? null : fromAligned(kept);
  }
  return replaceStrings(body, edits);
}
