// Reads a streamed transcript: its pieces, and at the end the whole text again.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { OUTPUT, VARIANT, oneOf, type Shape } from '../shape.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { malformedStream, parseEventData } from '../stream-limits.ts';
import { createSeenStrings, listWhole } from '../stream-strings.ts';
import type { Release, StreamPiece, StreamReader, TextDelta, ToolCall } from '../surface.ts';
import { createStreamTexts, type TextCopy } from './stream-texts.ts';
import { readTranscriptUsage } from './transcript-answer.ts';

const KEY = '/text';
const SKIP: Shape = { skip: true };
const DELTA: Shape = { place: OUTPUT, fields: { type: VARIANT, delta: SKIP, logprobs: SKIP } };
const DONE: Shape = {
  place: OUTPUT,
  fields: { type: VARIANT, text: SKIP, logprobs: SKIP, usage: { fields: { type: oneOf('tokens', 'duration') } } },
};
const OTHER: Shape = { place: OUTPUT, fields: { type: VARIANT } };

interface TranscriptPiece extends StreamPiece {
  readonly body: Json | undefined;
  readonly growing: boolean;
  readonly copy?: TextCopy;
}

class TranscriptStreamReader implements StreamReader {
  private readonly texts = createStreamTexts();
  private readonly seen = createSeenStrings();

  read(event: SseEvent): TranscriptPiece {
    if (event.data.startsWith('[DONE]')) return { ...this.end(), terminal: 'done' };
    const body = parseEventData(event.data);
    const type = body['type'] ?? (isObject(body['error']) ? 'error' : undefined);
    if (typeof type !== 'string' || !VARIANT.known!(type))
      throw malformedStream('an event of the stream names no type');
    // Segments repeat the text in pieces of their own. They come only where a transcript with speakers is asked for.
    if (type === 'transcript.text.segment') throw malformedStream('the stream tells its text in segments');
    if (type === 'transcript.text.delta') return this.readDelta(body);
    if (type === 'transcript.text.done') return this.readDone(body);
    const piece = this.toPiece(body, OTHER, []);
    return type === 'error' ? { ...piece, ends: this.texts.close(), terminal: 'error' } : piece;
  }

  end(): TranscriptPiece {
    return { ...EMPTY, body: undefined, ends: this.texts.close() };
  }

  makeTextEvent(key: string, text: string, release?: Release): string {
    return encodeSse({ data: JSON.stringify(this.texts.toEvent(key, text, release)) });
  }

  renderToolCall(_call: ToolCall): string {
    throw malformedStream('a transcript has no tool calls');
  }

  attach(piece: StreamPiece, key: string, release: Release): void {
    const { body, growing } = piece as TranscriptPiece;
    const entries = this.texts.attach(key, release);
    if (growing && body !== undefined && Object.hasOwn(body, 'logprobs')) body['logprobs'] = entries;
  }

  encode(piece: StreamPiece): string {
    const { body, growing, copy, texts, terminal } = piece as TranscriptPiece;
    if (body === undefined) return terminal === 'done' ? encodeSse({ data: '[DONE]' }) : '';
    if (growing && body['delta'] === '' && texts.every((text) => text.kind === 'text')) return '';
    if (copy !== undefined) this.texts.fill(copy);
    return encodeSse({ data: JSON.stringify(body) });
  }

  private readDelta(body: Json): TranscriptPiece {
    const texts: TextDelta[] = [];
    const logprobs = Object.hasOwn(body, 'logprobs');
    const event = { fields: { type: 'transcript.text.delta' }, member: 'delta', logprobs };
    this.texts.grow(KEY, body, 'delta', event, texts);
    if (logprobs) body['logprobs'] = [];
    return { ...this.toPiece(body, DELTA, texts), growing: true };
  }

  private readDone(body: Json): TranscriptPiece {
    const texts: TextDelta[] = [];
    const ends: string[] = [];
    const copy = { holder: body, member: 'text', key: KEY };
    const event = { fields: { type: 'transcript.text.delta' }, member: 'delta', logprobs: false };
    this.texts.copy(copy, event, { texts, ends });
    const usage = readTranscriptUsage(body);
    return {
      ...this.toPiece(body, DONE, texts),
      ends: [...ends, ...this.texts.close()],
      copy,
      terminal: 'done',
      ...(usage !== undefined && { usage }),
    };
  }

  private toPiece(body: Json, shape: Shape, texts: TextDelta[]): TranscriptPiece {
    const uninspected = new Set<Uninspected>();
    listWhole(body, String(body['type']), shape, this.seen, texts, uninspected);
    return { ...EMPTY, body, texts, uninspected: [...uninspected] };
  }
}

const EMPTY = { texts: [], ends: [], toolCalls: [], finishReasons: [], uninspected: [], growing: false } as const;

/** A reader of one streamed transcript. Usage is part of the dialect, so there is none to hide. */
export function openTranscriptStream(): StreamReader {
  return new TranscriptStreamReader();
}
