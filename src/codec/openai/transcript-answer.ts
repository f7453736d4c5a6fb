// A whole transcript, as JSON, plain text or subtitles. Its segments and words repeat the text in pieces: they are
// passed only where they are pieces of it, and change with it.
import { AncileError, isObject } from '../../base/index.ts';
import { readCount, type Json } from '../checks.ts';
import { replaceStrings } from '../pointer.ts';
import { IDENTIFIER, OUTPUT, oneOf, type Shape } from '../shape.ts';
import type { Edit, ResponseView, Span, TokenUsage, WireBody } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { alignLogprobs, dropLogprobs } from './logprobs.ts';
import { applyChanges, isTouched, toChanges } from './spans.ts';
import { parseSubtitles, redactSubtitles } from './subtitles.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads an answer that is text: it is a bare string from here on. Undefined for JSON.
 * @throws AncileError `upstream_malformed`
 */
export function parseTranscript(bytes: Buffer, contentType: string): string | undefined {
  if (/^application\/json\b/i.test(contentType)) return undefined;
  if (!/^(?:text\/(?:plain|vtt|srt|x-subrip)|application\/x-subrip)\b/i.test(contentType))
    throw new AncileError('upstream_malformed', "the upstream's answer is neither text nor JSON");
  try {
    return utf8.decode(bytes);
  } catch {
    throw new AncileError('upstream_malformed', "the upstream's answer is not valid UTF-8");
  }
}

export function encodeTranscript(body: unknown): WireBody | undefined {
  return typeof body === 'string' ? { contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(body) } : undefined;
}

// Cleaned before: what is left of these repeats the text and nothing else.
const CLEANED: Shape = { skip: true };
const ANSWER: Shape = {
  place: OUTPUT,
  fields: {
    task: oneOf('transcribe', 'translate'),
    usage: { fields: { type: oneOf('tokens', 'duration') } },
    segments: {
      items: { fields: { id: IDENTIFIER, type: oneOf('transcript.text.segment'), text: CLEANED } },
    },
    words: { items: { fields: { word: CLEANED } } },
    logprobs: CLEANED,
  },
};

/** The lists that repeat the text, and the member that does. */
const LISTS = [
  ['segments', 'text'],
  ['words', 'word'],
] as const;

/**
 * Where each element of a list stands in the text: one after the other, with nothing but spaces and punctuation
 * between. Undefined where they tell another text.
 */
function place(list: readonly unknown[], member: string, text: string): Span[] | undefined {
  const spans: Span[] = [];
  let at = 0;
  for (const element of list) {
    const piece = isObject(element) ? element[member] : undefined;
    if (typeof piece !== 'string') return undefined;
    const trimmed = piece.trim();
    const start = text.indexOf(trimmed, at);
    if (start === -1 || /[\p{L}\p{N}]/u.test(text.slice(at, start))) return undefined;
    at = start + trimmed.length;
    spans.push({ start, end: at });
  }
  return spans;
}

function cleanTranscript(body: Json, text: string): void {
  for (const [name, member] of LISTS) {
    const list = body[name];
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list) || place(list, member, text) === undefined) body[name] = [];
  }
  // The text once more, in the model's own numbers.
  const segments = Array.isArray(body['segments']) ? (body['segments'] as Json[]) : [];
  for (const segment of segments) if (Object.hasOwn(segment, 'tokens')) segment['tokens'] = [];
  if (Array.isArray(body['logprobs'])) {
    body['logprobs'] = alignLogprobs(body['logprobs'], text).map((token) => token.entry);
  } else {
    delete body['logprobs'];
  }
}

/** Usage where it is told in tokens; an answer may count seconds instead. */
export function readTranscriptUsage(body: Json): TokenUsage | undefined {
  const usage = isObject(body['usage']) ? body['usage'] : {};
  const inputTokens = readCount(usage['input_tokens']);
  const outputTokens = readCount(usage['output_tokens']);
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}

/**
 * Reads a whole answer. What is spoken is one segment. From JSON are removed segments, words and log probabilities
 * that do not spell the text, and the tokens of segments, which nobody can read.
 * @throws AncileError `upstream_malformed`.
 */
export function readTranscript(body: unknown): ResponseView {
  if (typeof body === 'string') {
    const { spoken } = parseSubtitles(body);
    const segments = spoken === '' ? [] : [{ path: '', ...OUTPUT, text: spoken }];
    return { segments, uninspected: [], finishReasons: [] };
  }
  if (!isObject(body) || typeof body['text'] !== 'string') {
    const at = 'text';
    throw new AncileError('upstream_malformed', "text of the upstream's answer is not a string", { at });
  }
  cleanTranscript(body, body['text']);
  const usage = readTranscriptUsage(body);
  return { ...readByShape(body, ANSWER, OUTPUT), finishReasons: [], ...(usage !== undefined && { usage }) };
}

function redactCopies(body: Json, text: string, edit: Edit): void {
  const changes = toChanges(text, edit);
  for (const [name, member] of LISTS) {
    const list = body[name];
    if (!Array.isArray(list)) continue;
    const elements = list as Json[];
    const spans = place(elements, member, text) ?? [];
    body[name] = elements.flatMap((element, i) => {
      const span = spans[i];
      if (span === undefined) return [];
      if (!isTouched(span, changes)) return [element];
      return name === 'words'
        ? []
        : [{ ...element, [member]: applyChanges(text, span, changes, spans[i - 1]?.end ?? 0) }];
    });
  }
  if (Array.isArray(body['logprobs'])) {
    const kept = dropLogprobs(alignLogprobs(body['logprobs'], text), changes);
    body['logprobs'] = kept.map((token) => token.entry);
  }
}

/** Puts changed texts back into a form or an answer, in every place that repeats them. Changes `body` but for strings. */
export function redactTranscript(body: unknown, edits: readonly Edit[]): unknown {
  if (typeof body === 'string') return edits.reduce((text, edit) => redactSubtitles(text, edit), body);
  const edit = edits.find(({ path }) => path === '/text');
  const text = isObject(body) ? body['text'] : undefined;
  const result = replaceStrings(body, edits);
  // Last: elements that go would take the places away that edits name, or put others there.
  if (edit !== undefined && isObject(body) && typeof text === 'string') redactCopies(body, text, edit);
  return result;
}
