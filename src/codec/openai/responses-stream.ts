// Reads a streamed Responses answer event by event. The same text comes up to five times (pieces, `*.done`, the part,
// the item, the whole response): what is released of the pieces is what every later copy says.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { IDENTIFIER, OUTPUT, VARIANT, isBase64, type Shape } from '../shape.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { checkIndex, malformedStream, parseEventData } from '../stream-limits.ts';
import { createSeenStrings, listWhole } from '../stream-strings.ts';
import type { Release, StreamPiece, StreamReader, TextDelta, TokenUsage, ToolCall } from '../surface.ts';
import { PLAIN_NAME } from '../walk.ts';
import { checkMember, createHeldItems, indexOf, toCallEvents, toMessageEvents } from './held-items.ts';
import { STREAMED_RESPONSE, dropEcho, readEnding, readResponsesUsage } from './responses-answer.ts';
import { FILLED, toOutputItem, toPart } from './responses-items.ts';
import { toNoteItem } from './responses-tools.ts';
import { createStreamTexts, listItemTexts, listPartTexts, type TextCopy, type TextEvent } from './stream-texts.ts';

const MAX_PARTS = 10_000;
const SKIP: Shape = { skip: true };
const ITEM = toOutputItem(FILLED);
const PART = toPart(FILLED);

/** An event but for what is read for itself. Numbers of places and of the event are written anew. */
const EVENT_FIELDS: Readonly<Record<string, Shape>> = {
  type: VARIANT,
  item_id: IDENTIFIER,
  sequence_number: SKIP,
  output_index: SKIP,
  partial_image_b64: { opaque: 'image', mark: 'image' },
};

/** Texts that grow: the list of the item they stand in (and the name of its index), and their member there. */
const GROWING: Readonly<Record<string, { list?: 'content' | 'summary'; member: string }>> = {
  'response.output_text': { list: 'content', member: 'text' },
  'response.refusal': { list: 'content', member: 'refusal' },
  'response.reasoning_text': { list: 'content', member: 'text' },
  'response.reasoning_summary_text': { list: 'summary', member: 'text' },
  'response.code_interpreter_call_code': { member: 'code' },
};
/** Parts of items that come before or after their texts do. */
const PARTS: Readonly<Record<string, 'content' | 'summary'>> = {
  'response.content_part': 'content',
  'response.reasoning_summary_part': 'summary',
};
/** The events that end the stream, with the whole response. */
const FINAL = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);
/** Unknown events whose strings are whole; those of any other unknown event may go on in the next. */
const WHOLE =
  /(?:^|\.)(?:done|added|completed|failed|in_progress|queued|searching|interpreting|generating|partial_image|keepalive)$/;

/** What reading an event has gathered. */
interface Collected {
  readonly texts: TextDelta[];
  readonly ends: string[];
  readonly toolCalls: ToolCall[];
  readonly uninspected: Set<Uninspected>;
  readonly copies: TextCopy[];
}

interface ResponsePiece extends StreamPiece {
  readonly body: Json | undefined;
  readonly copies: readonly TextCopy[];
  /** The members of the event that grow: with nothing released of them it says nothing. */
  readonly growing: readonly string[];
  /** The items of the whole response with their places, filled in when all has been released. */
  readonly output?: readonly { readonly index: number; readonly item: Json }[];
}

class ResponsesStreamReader implements StreamReader {
  private readonly items = createHeldItems();
  private readonly texts = createStreamTexts();
  private readonly seen = createSeenStrings();
  private sequence = 0;

  read(event: SseEvent): ResponsePiece {
    if (event.data.startsWith('[DONE]')) return { ...this.end(), terminal: 'done' };
    const body = parseEventData(event.data);
    const into: Collected = { texts: [], ends: [], toolCalls: [], uninspected: new Set(), copies: [] };
    // Some gateways report an error without saying what event it is.
    if (body['type'] === undefined && isObject(body['error'])) body['type'] = 'error';
    const type = body['type'];
    if (typeof type !== 'string' || !VARIANT.known!(type))
      throw malformedStream('an event of the stream names no type');
    // Noise that pads each event against traffic analysis: events are cut anew here, so it hides nothing.
    delete body['obfuscation'];
    return this.readEvent(type, body, into);
  }

  end(): ResponsePiece {
    return toPiece(undefined, {
      texts: [],
      ends: this.texts.close(),
      toolCalls: [],
      uninspected: new Set(),
      copies: [],
    });
  }

  makeTextEvent(key: string, text: string, release?: Release): string {
    return this.send(this.texts.toEvent(key, text, release));
  }

  renderToolCall(call: ToolCall): string {
    const output_index = Number(call.key.split('/')[2]);
    let out = '';
    for (const event of toCallEvents(call.body as Json)) out += this.send({ ...event, output_index });
    return out;
  }

  /** A message takes the place of the call: in its events here, and in the whole response. */
  dropToolCall(call: ToolCall, note: string): string {
    const output_index = Number(call.key.split('/')[2]);
    const item = toNoteItem(call.body as Json, note);
    this.items.replace(output_index, item);
    let out = '';
    for (const event of toMessageEvents(item, note)) out += this.send({ ...event, output_index });
    return out;
  }

  attach(piece: StreamPiece, key: string, release: Release): void {
    const { body, growing } = piece as ResponsePiece;
    const entries = this.texts.attach(key, release);
    if (body !== undefined && growing.length > 0 && Object.hasOwn(body, 'logprobs')) body['logprobs'] = entries;
  }

  encode(piece: StreamPiece): string {
    const { body, copies, growing, output, terminal, texts } = piece as ResponsePiece;
    if (body === undefined) return terminal === 'done' ? encodeSse({ data: '[DONE]' }) : '';
    if (growing.length > 0 && growing.every((name) => body[name] === '') && texts.every((text) => text.kind === 'text'))
      return '';
    for (const copy of copies) this.texts.fill(copy);
    if (output !== undefined) {
      // A call may have been taken out since it was read.
      const placed = output.map(({ index, item }) => ({
        place: this.items.place(index),
        item: this.items.released(index) ?? item,
      }));
      placed.sort((a, b) => a.place - b.place);
      (body['response'] as Json)['output'] = placed.map(({ item }) => item);
    }
    return this.send(body);
  }

  private readEvent(type: string, body: Json, into: Collected): ResponsePiece {
    if (type === 'error') {
      this.list(body, '', { place: OUTPUT, fields: EVENT_FIELDS }, into);
      return { ...toPiece(body, into), ends: this.texts.close(), terminal: 'error' };
    }
    if (isObject(body['response'])) {
      return FINAL.has(type)
        ? this.readFinal(type, body, body['response'], into)
        : this.readBegun(body, body['response'], into);
    }
    const [, base = '', step = ''] = /^(.*)\.(added|delta|done)$/.exec(type) ?? [];
    if (base === 'response.output_item' && step !== 'delta') return this.readItem(step, body, into);
    const index = indexOf(body);
    // Pieces of calls, and whatever else is said of an item that is kept back: the item itself says it all.
    const held = /^response\.(?:function_call_arguments|custom_tool_call_input|mcp_call_arguments|mcp_call)\b/.test(
      type,
    );
    if (held || (index !== undefined && this.items.isHeld(index))) {
      if (index === undefined) throw malformedStream('a piece of a call does not say of which');
      if (held && step === 'delta') this.items.grow(index, body['delta']);
      else this.items.hold(index);
      return toPiece(undefined, into);
    }
    if (Object.hasOwn(GROWING, base) && step !== 'added') return this.readText(type, base, step, body, into);
    if (Object.hasOwn(PARTS, base) && step !== 'delta') return this.readPart(PARTS[base]!, step, body, into);
    return this.readOther(type, body, into);
  }

  /** A response that has only begun. What it may already hold comes again. */
  private readBegun(body: Json, response: Json, into: Collected): ResponsePiece {
    // A client takes it for all there is so far.
    if (this.items.started) return toPiece(undefined, into);
    this.listResponse(body, response, into);
    response['output'] = [];
    return toPiece(body, into);
  }

  private readFinal(type: string, body: Json, response: Json, into: Collected): ResponsePiece {
    this.listResponse(body, response, into);
    const list = Array.isArray(response['output']) ? (response['output'] as unknown[]) : [];
    const output = list.map((item, position) => {
      if (!isObject(item)) throw malformedStream('an item of the response is not an object');
      const index = this.items.resolve(item, position);
      this.items.note(index, item);
      if (this.items.isLive(item)) this.copyItem(index, item, into);
      else this.finishCall(index, item, into);
      return { index, item };
    });
    if (new Set(output.map(({ index }) => index)).size < output.length)
      throw malformedStream('the response names one item twice');
    const usage: TokenUsage | undefined = readResponsesUsage(response);
    return {
      ...toPiece(body, into),
      ends: [...into.ends, ...this.texts.close()],
      output,
      finishReasons: readEnding(response),
      ...(usage !== undefined && { usage }),
      terminal: type === 'response.failed' ? 'error' : 'done',
    };
  }

  private readItem(step: string, body: Json, into: Collected): ResponsePiece {
    const index = indexOf(body) ?? 0;
    const item = checkMember(body, 'item');
    this.items.note(index, item);
    if (!this.items.isLive(item)) {
      if (step === 'added') this.items.hold(index);
      else this.finishCall(index, item, into);
      return toPiece(undefined, into);
    }
    this.list(body, '', { place: OUTPUT, fields: { ...EVENT_FIELDS, item: SKIP } }, into);
    if (step === 'done') this.copyItem(index, item, into);
    else {
      this.list(item, `/output/${index}`, ITEM, into);
      for (const at of listItemTexts(item, `/output/${index}`)) this.startText(at, index, into);
    }
    return toPiece(body, into);
  }

  private readPart(list: 'content' | 'summary', step: string, body: Json, into: Collected): ResponsePiece {
    const index = indexOf(body) ?? 0;
    const part = checkMember(body, 'part');
    const base = `/output/${index}/${list}/${this.partIndex(body, list)}`;
    this.list(body, '', { place: OUTPUT, fields: { ...EVENT_FIELDS, part: SKIP } }, into);
    this.list(part, base, PART, into);
    for (const at of listPartTexts(part, base)) {
      if (step === 'done') this.copyText(at, index, into);
      else this.startText(at, index, into);
    }
    return toPiece(body, into);
  }

  private readText(type: string, base: string, step: string, body: Json, into: Collected): ResponsePiece {
    const index = indexOf(body) ?? 0;
    const { list, member } = GROWING[base]!;
    const way = list === undefined ? '' : `/${list}/${this.partIndex(body, list)}`;
    const key = `/output/${index}${way}/${member}`;
    const own = step === 'delta' ? 'delta' : member;
    const skipped = { [own]: SKIP, logprobs: SKIP };
    this.list(body, type, { place: OUTPUT, fields: { ...EVENT_FIELDS, ...skipped } }, into);
    const event = toTextEvent(`${base}.delta`, body, index, list);
    if (step === 'delta') {
      this.texts.grow(key, body, 'delta', event, into.texts);
      if (Object.hasOwn(body, 'logprobs')) body['logprobs'] = [];
      return { ...toPiece(body, into), growing: ['delta'] };
    }
    const at = { holder: body, member, key };
    this.texts.copy(at, event, into);
    into.copies.push(at);
    return toPiece(body, into);
  }

  /** An event of no form known here: its strings may be pieces of texts that go on in the next of its kind. */
  private readOther(type: string, body: Json, into: Collected): ResponsePiece {
    const index = indexOf(body);
    if (type === 'response.audio.delta' && typeof body['delta'] === 'string' && isBase64(body['delta'])) {
      into.uninspected.add('audio');
      this.list(body, type, { place: OUTPUT, fields: { ...EVENT_FIELDS, delta: SKIP } }, into);
      return toPiece(body, into);
    }
    const skipped: Record<string, Shape> = {};
    const growing: string[] = [];
    for (const [name, value] of WHOLE.test(type) ? [] : Object.entries(body)) {
      const isPiece = typeof value === 'string' && value !== '' && PLAIN_NAME.test(name);
      if (name === 'type' || !isPiece || (name === 'item_id' && IDENTIFIER.known!(value))) continue;
      skipped[name] = SKIP;
      growing.push(name);
      const places = ['content_index', 'summary_index'].map((each) => Number(body[each] ?? 0)).join('/');
      const fields = { type, ...toIds(body), ...(index !== undefined && { output_index: index }) };
      const event = { fields, member: name, logprobs: false };
      this.texts.grow(`/${type}/${index ?? ''}/${places}/${name}`, body, name, event, into.texts);
    }
    this.list(body, type, { place: OUTPUT, fields: { ...EVENT_FIELDS, ...skipped } }, into);
    return { ...toPiece(body, into), growing };
  }

  private listResponse(body: Json, response: Json, into: Collected): void {
    dropEcho(response);
    this.list(body, '', { place: OUTPUT, fields: { ...EVENT_FIELDS, response: SKIP } }, into);
    this.list(response, '/response', STREAMED_RESPONSE, into);
  }

  private finishCall(index: number, item: Json, into: Collected): void {
    const finished = this.items.finish(index, item);
    if (finished === undefined) return;
    into.toolCalls.push(finished.call);
    for (const kind of finished.uninspected) into.uninspected.add(kind);
  }

  private copyItem(index: number, item: Json, into: Collected): void {
    this.list(item, `/output/${index}`, ITEM, into);
    for (const at of listItemTexts(item, `/output/${index}`)) this.copyText(at, index, into);
    into.ends.push(...this.texts.close(`/output/${index}/`));
  }

  private copyText(at: TextCopy, index: number, into: Collected): void {
    this.texts.copy(at, toPartEvent(at, index), into);
    into.copies.push(at);
  }

  /** A text as an item or part begins with it: mostly empty, and the first piece where it is not. */
  private startText(at: TextCopy, index: number, into: Collected): void {
    this.texts.grow(at.key, at.holder, at.member, toPartEvent(at, index), into.texts);
    if (Object.hasOwn(at.holder, 'logprobs')) at.holder['logprobs'] = [];
  }

  private partIndex(body: Json, list: 'content' | 'summary'): number {
    const name = list === 'content' ? 'content_index' : 'summary_index';
    return checkIndex(body[name] ?? 0, `the ${name}`, MAX_PARTS);
  }

  private list(node: Json, base: string, shape: Shape, into: Collected): void {
    listWhole(node, base, shape, this.seen, into.texts, into.uninspected);
  }

  /** The event with the number and the place that it has for the client. Its name is always its type. */
  private send(body: Json): string {
    body['sequence_number'] = this.sequence++;
    if (typeof body['output_index'] === 'number') body['output_index'] = this.items.place(body['output_index']);
    return encodeSse({ event: String(body['type']), data: JSON.stringify(body) });
  }
}

function toPiece(body: Json | undefined, into: Collected): ResponsePiece {
  const { texts, ends, toolCalls, uninspected, copies } = into;
  return { body, texts, ends, toolCalls, copies, growing: [], finishReasons: [], uninspected: [...uninspected] };
}

/** The id of the item, where it is no text that a gate would change. */
function toIds(body: Json): Json {
  const id = body['item_id'];
  return { item_id: typeof id === 'string' && IDENTIFIER.known!(id) ? id : '' };
}

function toTextEvent(type: string, body: Json, index: number, list: string | undefined): TextEvent {
  const name = list === undefined ? undefined : `${list}_index`;
  const place = name === undefined ? {} : { [name]: body[name] ?? 0 };
  const fields = { type, ...toIds(body), output_index: index, ...place };
  return { fields, member: 'delta', logprobs: type === 'response.output_text.delta' };
}

/** The event that carries more of a text that an item or a part began with. */
function toPartEvent({ key, holder }: TextCopy, index: number): TextEvent {
  const [, , , list, place, member] = key.split('/');
  if (list === 'code') return toTextEvent('response.code_interpreter_call_code.delta', {}, index, undefined);
  const kind =
    list === 'summary'
      ? 'reasoning_summary_text'
      : member === 'refusal'
        ? 'refusal'
        : holder['type'] === 'reasoning_text'
          ? 'reasoning_text'
          : 'output_text';
  return toTextEvent(`response.${kind}.delta`, { [`${list}_index`]: Number(place) }, index, list);
}

/** A reader of one streamed answer. Usage is part of the dialect, so there is none to hide. */
export function openResponsesStream(): StreamReader {
  return new ResponsesStreamReader();
}
