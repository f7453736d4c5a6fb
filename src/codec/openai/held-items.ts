// The items of a streamed response: calls held until they are whole, and the order in which a client gets them all.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { MAX_CALLS, MAX_HELD, malformedStream } from '../stream-limits.ts';
import type { ToolCall } from '../surface.ts';
import { OUTPUT } from '../shape.ts';
import { readByShape, type Reading } from '../walk.ts';
import { CLEANED, toOutputItem } from './responses-items.ts';

/** Items whose events pass as they come. All others are calls, or unknown: none of them passes before it is whole. */
const LIVE = new Set([
  'message',
  'reasoning',
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_list_tools',
]);

const ITEM = toOutputItem({ ...CLEANED, logprobs: {} });

/** Members of calls that come in pieces. */
const GROWING = ['arguments', 'input'] as const;

interface HeldCall {
  grown: string;
  whole?: Json;
}

/** A call that is whole, with what reading it found. */
export interface FinishedCall {
  readonly call: ToolCall;
  readonly uninspected: Reading['uninspected'];
}

export interface HeldItems {
  isLive(item: Json): boolean;
  /** Notes an item by its place and id. @throws AncileError `upstream_malformed` where it was of the other kind */
  note(index: number, item: Json): void;
  /** Whether the events of the item are kept back. */
  isHeld(index: number): boolean;
  hold(index: number): void;
  /** Takes a piece of a held call. */
  grow(index: number, piece: unknown): void;
  /** The call, now that the item is whole; undefined where it was finished before. */
  finish(index: number, item: Json): FinishedCall | undefined;
  /** Puts another item in the place of a call. */
  replace(index: number, item: Json): void;
  /** A call as it was released, or what took its place. */
  released(index: number): Json | undefined;
  /** Which item an element of the whole output is. */
  resolve(item: Json, position: number): number;
  /** Where the client has the item: in the order in which it was told of them. */
  place(index: number): number;
  readonly started: boolean;
}

export function createHeldItems(): HeldItems {
  const held = new Map<number, HeldCall>();
  const kinds = new Map<number, boolean>();
  const indexes = new Map<string, number>();
  const places = new Map<number, number>();
  let size = 0;
  let highest = -1;

  const isLive = (item: Json): boolean => typeof item['type'] === 'string' && LIVE.has(item['type']);

  function call(index: number): HeldCall {
    let found = held.get(index);
    if (found === undefined) {
      if (held.size >= MAX_CALLS) throw malformedStream('the stream has too many tool calls');
      held.set(index, (found = { grown: '' }));
    }
    return found;
  }

  function note(index: number, item: Json): void {
    const live = isLive(item);
    if ((kinds.get(index) ?? live) !== live || (live && held.has(index)))
      throw malformedStream('an item of the stream changes its type');
    kinds.set(index, live);
    highest = Math.max(highest, index);
    const id = item['id'];
    if (typeof id === 'string' && id !== '' && indexes.size < MAX_CALLS) indexes.set(id, index);
  }

  return {
    isLive,
    note,
    isHeld: (index) => held.has(index),
    hold: (index) => void call(index),
    grow(index, piece) {
      if (typeof piece !== 'string') throw malformedStream('a piece of a call is not a string');
      const found = call(index);
      size += piece.length;
      if (size > MAX_HELD) throw malformedStream('the tool calls of the stream are larger than is held');
      found.grown += piece;
    },
    finish(index, item) {
      const found = call(index);
      if (found.whole !== undefined) return undefined;
      // Some upstreams tell the pieces only.
      for (const name of GROWING) {
        if (found.grown !== '' && (item[name] === '' || item[name] === null)) item[name] = found.grown;
      }
      found.grown = '';
      found.whole = item;
      const { segments, uninspected } = readByShape(item, ITEM, OUTPUT);
      return { call: { key: `/output/${index}`, segments, body: item }, uninspected };
    },
    replace(index, item) {
      call(index).whole = item;
    },
    released: (index) => held.get(index)?.whole,
    resolve(item, position) {
      const id = item['id'];
      const known = typeof id === 'string' ? indexes.get(id) : undefined;
      if (known !== undefined) return known;
      const live = kinds.get(position);
      return live === undefined || live === isLive(item) ? position : Math.max(position, highest) + 1;
    },
    place(index) {
      let found = places.get(index);
      if (found === undefined) places.set(index, (found = places.size));
      return found;
    },
    get started() {
      return places.size > 0;
    },
  };
}

/** The events that tell of a message of one text. */
export function* toMessageEvents(item: Json, text: string): Generator<Json> {
  const of = { item_id: item['id'], content_index: 0 };
  const part = { type: 'output_text', text, annotations: [] };
  yield { type: 'response.output_item.added', item: { ...item, status: 'in_progress', content: [] } };
  yield { type: 'response.content_part.added', ...of, part: { ...part, text: '' } };
  yield { type: 'response.output_text.delta', ...of, delta: text, logprobs: [] };
  yield { type: 'response.output_text.done', ...of, text, logprobs: [] };
  yield { type: 'response.content_part.done', ...of, part };
  yield { type: 'response.output_item.done', item };
}

const EVENTS: Readonly<Record<string, { readonly base: string; readonly member: 'arguments' | 'input' }>> = {
  function_call: { base: 'response.function_call_arguments', member: 'arguments' },
  mcp_call: { base: 'response.mcp_call_arguments', member: 'arguments' },
  custom_tool_call: { base: 'response.custom_tool_call_input', member: 'input' },
};

/** The events that tell of a call: begun, its arguments in one piece, whole. */
export function* toCallEvents(item: Json): Generator<Json> {
  const type = String(item['type']);
  const form = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  const begun = { ...item, ...(Object.hasOwn(item, 'status') && { status: 'in_progress' }) };
  yield { type: 'response.output_item.added', item: form === undefined ? begun : { ...begun, [form.member]: '' } };
  const text = form === undefined ? undefined : item[form.member];
  if (form !== undefined && typeof text === 'string') {
    const of = { item_id: item['id'] ?? '' };
    const name = form.member === 'arguments' && Object.hasOwn(item, 'name') ? { name: item['name'] } : {};
    if (text !== '') yield { type: `${form.base}.delta`, ...of, delta: text };
    yield { type: `${form.base}.done`, ...of, ...name, [form.member]: text };
  }
  yield { type: 'response.output_item.done', item };
}

/** The item that an event is about, by its place. Undefined where it names none. */
export function indexOf(body: Json): number | undefined {
  const index = body['output_index'];
  if (index === undefined || index === null) return undefined;
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < 10_000) return index;
  throw malformedStream('the output_index of an event is not a whole number from 0 to 9999');
}

/** The object at a member of an event. @throws AncileError `upstream_malformed` */
export function checkMember(body: Json, name: string): Json {
  const value = body[name];
  if (!isObject(value)) throw malformedStream(`${name} of a stream event is not an object`);
  return value;
}
