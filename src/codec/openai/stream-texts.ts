// The growing texts of a stream that tells them more than once: piece by piece, and again whole. What a client gets
// in a later copy is exactly what was released of the pieces, whatever the upstream says in it.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { MAX_KEYS, malformedStream } from '../stream-limits.ts';
import type { Release, TextDelta } from '../surface.ts';
import { createHeldLogprobs, type HeldLogprobs } from './held-logprobs.ts';

/** Code units that the texts of one stream may have together. */
const MAX_TEXT = 16_000_000;

/** The event that carries more of a text: its members but for the text itself, which stands under `member`. */
export interface TextEvent {
  readonly fields: Readonly<Json>;
  readonly member: string;
  /** Whether log probabilities stand beside the text. */
  readonly logprobs: boolean;
}

interface GrowingText {
  /** The upstream's words so far; empty again once the text is complete. */
  original: string;
  released: string;
  done: boolean;
  readonly held: HeldLogprobs;
  /** Log probabilities that were released. */
  readonly entries: Readonly<Json>[];
  event: TextEvent;
}

/** A string of an event that repeats a text. */
export interface TextCopy {
  readonly holder: Json;
  readonly member: string;
  readonly key: string;
}

export interface StreamTexts {
  /** A piece of a text, at `member` of `holder`. @throws AncileError `upstream_malformed` for one that was complete */
  grow(key: string, holder: Json, member: string, event: TextEvent, into: TextDelta[]): void;
  /**
   * A whole text, at `member` of `holder`, and with it the end of the text. What goes beyond the pieces is a last
   * piece; a copy that says anything else than the pieces did is not read at all.
   */
  copy(at: TextCopy, event: TextEvent, into: { texts: TextDelta[]; ends: string[] }): void;
  /** Puts what was released in the place of a copy, and the log probabilities that go with it. */
  fill(at: TextCopy): void;
  /** Notes a release that is sent in an event of its own; the event's members. */
  toEvent(key: string, text: string, release: Release | undefined): Json;
  /** The log probabilities of a release, noted as released. */
  attach(key: string, release: Release): readonly Readonly<Json>[];
  /** Texts that are not complete; they are from now on. `prefix`: those whose key begins so. */
  close(prefix?: string): string[];
}

export function createStreamTexts(): StreamTexts {
  const texts = new Map<string, GrowingText>();
  let size = 0;

  function open(key: string, event: TextEvent): GrowingText {
    let text = texts.get(key);
    if (text === undefined) {
      if (texts.size >= MAX_KEYS) throw malformedStream('the stream has too many different texts');
      text = { original: '', released: '', done: false, held: createHeldLogprobs(), entries: [], event };
      texts.set(key, text);
    } else if (text.event.fields['item_id'] === '') {
      // The part that it began with does not say of which item it is; its first piece does.
      text.event = event;
    }
    return text;
  }

  function take(text: GrowingText, piece: string, logprobs: unknown): void {
    size += piece.length;
    if (size > MAX_TEXT) throw malformedStream('the texts of the stream are larger than is held');
    text.original += piece;
    text.held.add(piece, logprobs);
  }

  function attachTo(text: GrowingText, release: Release): readonly Readonly<Json>[] {
    const entries = text.held.take(release);
    text.entries.push(...entries);
    return entries;
  }

  return {
    grow(key, holder, member, event, into) {
      const text = open(key, event);
      if (text.done) throw malformedStream('the stream goes on with a text that it had ended');
      const piece = holder[member];
      if (piece === '' || piece === undefined || piece === null) return;
      // Clients join what comes, whatever its type: a number would pass unread.
      if (typeof piece !== 'string') throw malformedStream('a text of the stream is not a string');
      take(text, piece, holder['logprobs']);
      const put = (changed: string): void => {
        text.released += changed;
        holder[member] = changed;
      };
      into.push({ key, kind: 'text', text: piece, put });
    },
    copy(at, event, into) {
      const whole = at.holder[at.member];
      if (whole === undefined || whole === null) return;
      if (typeof whole !== 'string') throw malformedStream('a text of the stream is not a string');
      const text = open(at.key, event);
      if (text.done) return;
      text.done = true;
      into.ends.push(at.key);
      if (whole.length > text.original.length && whole.startsWith(text.original)) {
        const first = text.original === '';
        const rest = whole.slice(text.original.length);
        take(text, rest, first ? at.holder['logprobs'] : undefined);
        into.texts.push({ key: at.key, kind: 'text', text: rest, put: (changed) => void (text.released += changed) });
      }
      text.original = '';
    },
    fill({ holder, member, key }) {
      const text = texts.get(key);
      if (text !== undefined) holder[member] = text.released;
      if (Object.hasOwn(holder, 'logprobs')) holder['logprobs'] = text?.entries ?? [];
    },
    toEvent(key, piece, release) {
      const text = texts.get(key);
      if (text === undefined) throw malformedStream('no text of the stream has this key');
      text.released += piece;
      const entries = release === undefined ? [] : attachTo(text, release);
      const { fields, member, logprobs } = text.event;
      return { ...fields, [member]: piece, ...(logprobs && { logprobs: entries }) };
    },
    attach(key, release) {
      const text = texts.get(key);
      return text === undefined ? [] : attachTo(text, release);
    },
    close(prefix = '') {
      const keys: string[] = [];
      for (const [key, text] of texts) {
        if (text.done || !key.startsWith(prefix)) continue;
        text.done = true;
        text.original = '';
        keys.push(key);
      }
      return keys;
    },
  };
}

/** The texts of an item of a response, with their keys: where they stand in the response. */
export function listItemTexts(item: Json, base: string): TextCopy[] {
  const copies: TextCopy[] = [];
  const ofParts = (name: string): void => {
    const parts = item[name];
    if (!Array.isArray(parts)) return;
    (parts as unknown[]).forEach((part, i) => {
      if (isObject(part)) copies.push(...listPartTexts(part, `${base}/${name}/${i}`));
    });
  };
  if (item['type'] === 'message' || item['type'] === 'reasoning') ofParts('content');
  if (item['type'] === 'reasoning') ofParts('summary');
  if (item['type'] === 'code_interpreter_call') copies.push({ holder: item, member: 'code', key: `${base}/code` });
  return copies;
}

/** The member of a part that grows, by the part's type: as the shapes say that a stream's reader sees to it. */
const PART_TEXTS: Readonly<Record<string, string>> = {
  output_text: 'text',
  text: 'text',
  refusal: 'refusal',
  summary_text: 'text',
  reasoning_text: 'text',
};

/** The text of a part of a response, if it has one that grows. */
export function listPartTexts(part: Json, base: string): TextCopy[] {
  const type = part['type'];
  if (typeof type !== 'string' || !Object.hasOwn(PART_TEXTS, type)) return [];
  const member = PART_TEXTS[type]!;
  return [{ holder: part, member, key: `${base}/${member}` }];
}
