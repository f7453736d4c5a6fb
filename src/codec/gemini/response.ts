// A whole Gemini answer: every text it holds, and the copies of its text kept in step with it.
import { AncileError, isObject } from '../../base/index.ts';
import { readCount, type Json } from '../checks.ts';
import { dropLogprobs } from '../openai/logprobs.ts';
import { replaceStrings } from '../pointer.ts';
import { OUTPUT } from '../shape.ts';
import type { Edit, ResponseView, Span, TokenUsage } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { RESPONSE } from './answer-shape.ts';
import { alignCandidate, isTextPart, keepCopies, toLogprobsResult } from './copies.ts';

export function malformed(at: string, expected: string): AncileError {
  return new AncileError('upstream_malformed', `${at} of the upstream's answer is not ${expected}`, { at });
}

/**
 * Usage of an answer or chunk; undefined where it does not say. What was thought is output, what the provider's tools
 * brought in is input.
 */
export function readUsage(body: Json): TokenUsage | undefined {
  const usage = body['usageMetadata'];
  if (!isObject(usage)) return undefined;
  const prompt = readCount(usage['promptTokenCount']);
  const total = readCount(usage['totalTokenCount']);
  const candidates = readCount(usage['candidatesTokenCount']);
  const thoughts = readCount(usage['thoughtsTokenCount']) ?? 0;
  if (prompt === undefined || (candidates === undefined && total === undefined)) return undefined;
  const inputTokens = prompt + (readCount(usage['toolUsePromptTokenCount']) ?? 0);
  const outputTokens = candidates === undefined ? Math.max(0, total! - inputTokens) : candidates + thoughts;
  return { inputTokens, outputTokens };
}

/** Whether a part is a piece of a text with nothing beside it that belongs to this piece alone. */
const isPlain = (part: Json): part is Json & { text: string } =>
  isTextPart(part) && Object.keys(part).every((name) => name === 'text' || name === 'thought');

/** Pieces of one text, as they come in a stream, are one part: what is judged is what a client joins. */
function mergeTexts(parts: readonly Json[]): Json[] {
  const merged: Json[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    const sameKind = last !== undefined && isPlain(last) && (part['thought'] === true) === (last['thought'] === true);
    if (sameKind && isTextPart(part)) {
      merged[merged.length - 1] = { ...part, text: last.text + part.text };
    } else {
      merged.push(part);
    }
  }
  return merged;
}

const partsOf = (candidate: Json): Json[] => {
  const content = candidate['content'];
  return isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as Json[]) : [];
};

const spoken = (part: Json): string => (isTextPart(part) && part['thought'] !== true ? part.text : '');

/** The text of a candidate without what it thought, as clients join it. */
const textOf = (candidate: Json): string => partsOf(candidate).map(spoken).join('');

function readCandidate(value: unknown, at: string): Json {
  if (!isObject(value)) throw malformed(at, 'an object');
  const content = value['content'];
  if (content !== undefined && !isObject(content)) throw malformed(`${at}.content`, 'an object');
  const parts = content?.['parts'];
  if (parts !== undefined && !(Array.isArray(parts) && (parts as unknown[]).every(isObject))) {
    throw malformed(`${at}.content.parts`, 'an array of parts');
  }
  if (content !== undefined && parts !== undefined) content['parts'] = mergeTexts(parts as Json[]);
  const text = textOf(value);
  if (Object.hasOwn(value, 'logprobsResult')) {
    value['logprobsResult'] = toLogprobsResult(alignCandidate(value, text).map((token) => token.entry));
  }
  keepCopies(value, text);
  return value;
}

/**
 * Reads the body of a whole answer. Every string is a segment: channel `output`, `tool_argument` inside calls,
 * `tool_result` for what the provider's tools brought in. Pieces of one text become one part of `value`; log
 * probabilities and copies that do not repeat the text are removed from it.
 * @throws AncileError `upstream_malformed`
 */
export function readGenerateResponse(value: unknown): ResponseView {
  if (!isObject(value)) throw malformed('the body', 'an object');
  const { candidates = [], promptFeedback } = value;
  if (!Array.isArray(candidates)) throw malformed('candidates', 'an array');
  if (candidates.length === 0 && !isObject(promptFeedback)) throw malformed('candidates', 'there');
  const reasons = (candidates as unknown[]).map((each, i) => readCandidate(each, `candidates[${i}]`)['finishReason']);
  if (isObject(promptFeedback)) reasons.push(promptFeedback['blockReason']);
  const usage = readUsage(value);
  return {
    ...readByShape(value, RESPONSE, OUTPUT),
    finishReasons: reasons.filter((reason) => typeof reason === 'string'),
    ...(usage !== undefined && { usage }),
  };
}

/** Where the edits of each candidate's text lie in the whole of it; undefined: not known. */
function changedSpans(
  candidates: readonly unknown[],
  edits: readonly Edit[],
): Map<Json, (readonly Span[] | undefined)[]> {
  const changed = new Map<Json, (readonly Span[] | undefined)[]>();
  for (const { path, spans } of edits) {
    const match = /^\/candidates\/(\d{1,9})\/content\/parts\/(\d{1,9})\/text$/.exec(path);
    const candidate = match === null ? undefined : candidates[Number(match[1])];
    if (match === null || !isObject(candidate)) continue;
    const parts = partsOf(candidate);
    const part = parts[Number(match[2])];
    const before = parts.slice(0, Number(match[2])).map(spoken).join('').length;
    const moved = spans?.map(({ start, end }) => ({ start: before + start, end: before + end }));
    // What was thought has no log probabilities of its own.
    const own = part !== undefined && spoken(part) !== '' ? moved : [];
    changed.set(candidate, [...(changed.get(candidate) ?? []), own]);
  }
  return changed;
}

/**
 * Puts changed texts back into a request or an answer, and drops the log probabilities and copies of what was changed:
 * those over `spans`, or all of the candidate's where an edit does not name its spans. Changes `body`.
 */
export function redactGenerate(body: unknown, edits: readonly Edit[]): unknown {
  const candidates = isObject(body) && Array.isArray(body['candidates']) ? (body['candidates'] as unknown[]) : [];
  const changed = changedSpans(candidates, edits);
  for (const [candidate, spans] of changed) {
    if (!Object.hasOwn(candidate, 'logprobsResult')) continue;
    const known = spans.every((each) => each !== undefined);
    const kept = known ? dropLogprobs(alignCandidate(candidate, textOf(candidate)), spans.flat()) : [];
    candidate['logprobsResult'] = toLogprobsResult(kept.map((token) => token.entry));
  }
  const result = replaceStrings(body, edits);
  for (const candidate of changed.keys()) keepCopies(candidate, textOf(candidate));
  return result;
}
