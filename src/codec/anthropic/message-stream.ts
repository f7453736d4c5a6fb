// Reads a streamed Messages answer event by event, and makes events in the same likeness.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { parseJson } from '../json.ts';
import { OUTPUT, SIGNATURE, VARIANT, oneOf, type Shape } from '../shape.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { MAX_CALLS, MAX_HELD, MAX_KEYS, checkIndex, malformedStream, parseEventData } from '../stream-limits.ts';
import { createSeenStrings, listWhole } from '../stream-strings.ts';
import type { StreamPiece, StreamReader, TextDelta, TokenUsage, ToolCall } from '../surface.ts';
import { PLAIN_NAME, readByShape } from '../walk.ts';
import { BLOCK } from './block-shape.ts';
import { MESSAGE, STOP_REASON, USAGE, readMessageUsage } from './message-response.ts';

const MAX_BLOCKS = 4096;

/** The rest of an event, once its growing texts are taken out; `type` is checked before. */
const EVENT: Shape = {
  place: OUTPUT,
  fields: {
    type: VARIANT,
    message: MESSAGE,
    delta: { fields: { type: VARIANT, stop_reason: STOP_REASON } },
    usage: USAGE,
  },
};
const SIGNED_DELTA: Shape = {
  place: OUTPUT,
  fields: {
    type: oneOf('content_block_delta'),
    delta: { fields: { type: oneOf('signature_delta'), signature: SIGNATURE } },
  },
};
const CITED_DELTA: Shape = {
  place: OUTPUT,
  fields: {
    type: oneOf('content_block_delta'),
    delta: {
      fields: {
        type: oneOf('citations_delta'),
        citation: { fields: { type: VARIANT, encrypted_index: { opaque: 'encrypted' } } },
      },
    },
  },
};

/** The member in which blocks and deltas carry their text, by the type of block, and the delta it grows by. */
const GROWS: Readonly<Record<string, string>> = { text: 'text_delta', thinking: 'thinking_delta' };

/** Clients join whatever stands in these members, so it must be a text or nothing. */
function checkText(holder: Json, member: string): void {
  const value = holder[member];
  if (value !== undefined && typeof value !== 'string') {
    throw malformedStream(`the ${member} of a stream event is not a string`);
  }
}

/** Where a growing text stands: the member of which type of delta carries it. */
interface Growth {
  readonly index: number;
  readonly type: string;
  readonly member: string;
}

interface Block {
  readonly start: Json;
  /** The pieces of a held tool call's input; undefined for blocks that are passed on as they come. */
  input: string | undefined;
  readonly keys: string[];
  done: boolean;
}

interface MessagePiece extends StreamPiece {
  /** The event to pass on; undefined where nothing of it is. */
  readonly body: Json | undefined;
  /** The growing texts of the event: with all of them held, it need not go out. */
  readonly growing: boolean;
}

interface Collected {
  readonly texts: TextDelta[];
  readonly uninspected: Set<Uninspected>;
}

class MessageStreamReader implements StreamReader {
  private readonly blocks = new Map<number, Block>();
  private readonly growths = new Map<string, Growth>();
  private readonly seen = createSeenStrings();
  private usage: Partial<TokenUsage> = {};
  private held = 0;
  private calls = 0;
  /** A call went out; a text in the place of one did. */
  private called = false;
  private dropped = false;

  read(event: SseEvent): MessagePiece {
    const body = parseEventData(event.data);
    const type = body['type'];
    if (typeof type !== 'string' || VARIANT.known!(type) === false) {
      throw malformedStream('an event of the stream has no type');
    }
    const into: Collected = { texts: [], uninspected: new Set() };
    if (type === 'content_block_start') return this.startBlock(body, into);
    if (type === 'content_block_delta') return this.readDelta(body, into);
    if (type === 'content_block_stop') return this.stopBlock(body, into);
    if (type === 'message_start') checkStart(body['message']);
    this.list(body, EVENT, into);
    if (type === 'message_stop') return { ...this.toPiece(body, into), ends: this.closeAll(), terminal: 'done' };
    if (type === 'error') return { ...this.toPiece(body, into), terminal: 'error' };
    const piece = this.toPiece(body, into);
    const holder = type === 'message_start' ? body['message'] : body;
    const news = isObject(holder) ? readMessageUsage(holder) : {};
    this.usage = { ...this.usage, ...news };
    const { inputTokens, outputTokens } = this.usage;
    const knows = Object.keys(news).length > 0 && inputTokens !== undefined && outputTokens !== undefined;
    const delta = body['delta'];
    const reason = isObject(delta) ? delta['stop_reason'] : undefined;
    return {
      ...piece,
      finishReasons: typeof reason === 'string' ? [reason] : [],
      ...(knows && { usage: { inputTokens, outputTokens } }),
    };
  }

  end(): MessagePiece {
    return { ...this.toPiece(undefined, { texts: [], uninspected: new Set() }), ends: this.closeAll() };
  }

  makeTextEvent(key: string, text: string): string {
    const growth = this.growths.get(key);
    if (growth === undefined) throw malformedStream('no text of the stream has this key');
    const { index, type, member } = growth;
    return encode({ type: 'content_block_delta', index, delta: { type, [member]: text } });
  }

  renderToolCall(call: ToolCall): string {
    const index = Number(call.key.split('/')[2]);
    const { input, ...block } = call.body as Json;
    this.called = true;
    const partial_json = typeof input === 'string' ? input : JSON.stringify(input);
    return (
      encode({ type: 'content_block_start', index, content_block: { ...block, input: {} } }) +
      encode({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } }) +
      encode({ type: 'content_block_stop', index })
    );
  }

  dropToolCall(call: ToolCall, note: string): string {
    const index = Number(call.key.split('/')[2]);
    this.dropped = true;
    return (
      encode({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }) +
      encode({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: note } }) +
      encode({ type: 'content_block_stop', index })
    );
  }

  attach(): void {
    // The dialect has no log probabilities.
  }

  encode(piece: StreamPiece): string {
    const { body, growing } = piece as MessagePiece;
    if (body === undefined) return '';
    const delta = body['delta'];
    if (isObject(delta) && delta['stop_reason'] === 'tool_use' && this.dropped && !this.called)
      delta['stop_reason'] = 'end_turn';
    const silent =
      growing && isObject(delta) && Object.entries(delta).every(([name, value]) => name === 'type' || value === '');
    return silent ? '' : encode(body);
  }

  private startBlock(body: Json, into: Collected): MessagePiece {
    const index = checkIndex(body['index'], 'the index of a block', MAX_BLOCKS);
    const start = body['content_block'];
    if (!isObject(start) || typeof start['type'] !== 'string')
      throw malformedStream('a block of the stream has no type');
    if (this.blocks.has(index)) throw malformedStream('the stream starts a block that it had started before');
    if (index !== this.blocks.size) throw malformedStream('the stream starts its blocks out of order');
    const isCall = start['type'].endsWith('tool_use');
    if (isCall && ++this.calls > MAX_CALLS) throw malformedStream('the stream has too many tool calls');
    if (isCall) this.hold(JSON.stringify(start));
    const block: Block = { start, input: isCall ? '' : undefined, keys: [], done: false };
    this.blocks.set(index, block);
    // A held call is made anew when it is whole, so nothing else of this event goes out.
    if (isCall) return this.toPiece(undefined, into);
    const member = start['type'];
    const grows = Object.hasOwn(GROWS, member);
    if (grows) {
      checkText(start, member);
      const text = start[member];
      if (typeof text === 'string' && text !== '') {
        this.grow(block, index, GROWS[member]!, member, text, (changed) => void (start[member] = changed), into);
      }
    }
    const skipped = grows ? { [member]: { skip: true } } : {};
    const shape = BLOCK.pick!(start);
    const blockShape: Shape = { ...shape, fields: { ...shape.fields, ...skipped } };
    const eventShape: Shape = { place: OUTPUT, fields: { type: VARIANT, content_block: blockShape } };
    this.list(body, eventShape, into);
    return this.toPiece(body, into);
  }

  private readDelta(body: Json, into: Collected): MessagePiece {
    const index = checkIndex(body['index'], 'the index of a block', MAX_BLOCKS);
    const block = this.blocks.get(index);
    const delta = body['delta'];
    if (block === undefined || block.done) throw malformedStream('the stream goes on with a block that is not open');
    if (!isObject(delta) || typeof delta['type'] !== 'string' || VARIANT.known!(delta['type']) === false) {
      throw malformedStream('a delta of the stream has no type');
    }
    for (const member of ['text', 'thinking', 'partial_json']) checkText(delta, member);
    const type = delta['type'];
    if (block.input !== undefined) {
      if (type !== 'input_json_delta' || typeof delta['partial_json'] !== 'string') {
        throw malformedStream('a tool call of the stream goes on with something else than its input');
      }
      block.input += this.hold(delta['partial_json']);
      return this.toPiece(undefined, into);
    }
    if (type === 'signature_delta' || type === 'citations_delta') {
      this.list(body, type === 'signature_delta' ? SIGNED_DELTA : CITED_DELTA, into);
      return this.toPiece(body, into);
    }
    // Known deltas have one text; of unknown ones each text may grow.
    const skipped: Record<string, Shape> = { type: VARIANT };
    for (const [member, text] of Object.entries(delta)) {
      if (member === 'type' || typeof text !== 'string' || text === '' || !PLAIN_NAME.test(member)) continue;
      skipped[member] = { skip: true };
      this.grow(block, index, type, member, text, (changed) => void (delta[member] = changed), into);
    }
    const growing = into.texts.length > 0;
    this.list(body, { place: OUTPUT, fields: { type: VARIANT, delta: { fields: skipped } } }, into);
    return { ...this.toPiece(body, into), growing: growing && into.texts.every((text) => text.kind === 'text') };
  }

  private stopBlock(body: Json, into: Collected): MessagePiece {
    const index = checkIndex(body['index'], 'the index of a block', MAX_BLOCKS);
    const block = this.blocks.get(index);
    if (block === undefined || block.done) throw malformedStream('the stream ends a block that is not open');
    block.done = true;
    this.list(body, EVENT, into);
    if (block.input === undefined) return { ...this.toPiece(body, into), ends: block.keys };
    const call = { ...block.start, input: block.input === '' ? (block.start['input'] ?? {}) : toInput(block.input) };
    const { segments } = readByShape(call, BLOCK, OUTPUT);
    return { ...this.toPiece(undefined, into), toolCalls: [{ key: `/content/${index}`, segments, body: call }] };
  }

  /** Notes a piece of a growing text. Text of a block's start and of its deltas is one text. */
  private grow(
    block: Block,
    index: number,
    type: string,
    member: string,
    text: string,
    put: (text: string) => void,
    into: Collected,
  ): void {
    const known = type === `${member}_delta`;
    const key = `/content/${index}/${known ? member : `${type}/${member}`}`;
    if (!this.growths.has(key)) {
      if (this.growths.size >= MAX_KEYS) throw malformedStream('the stream has too many different texts');
      this.growths.set(key, { index, type, member });
      block.keys.push(key);
    }
    into.texts.push({ key, kind: 'text', text, put });
  }

  private list(body: Json, shape: Shape, into: Collected): void {
    listWhole(body, '', shape, this.seen, into.texts, into.uninspected);
  }

  private hold(text: string): string {
    this.held += text.length;
    if (this.held > MAX_HELD) throw malformedStream('the tool calls of the stream are larger than is held');
    return text;
  }

  private closeAll(): string[] {
    const open = [...this.blocks.values()].filter((block) => !block.done);
    for (const block of open) block.done = true;
    return open.flatMap((block) => block.keys);
  }

  private toPiece(body: Json | undefined, into: Collected): MessagePiece {
    const { texts, uninspected } = into;
    return { body, growing: false, texts, ends: [], toolCalls: [], finishReasons: [], uninspected: [...uninspected] };
  }
}

/** The event's name is always its type, whatever name the upstream gave it: clients go by either. */
function encode(body: Json): string {
  return encodeSse({ event: String(body['type']), data: JSON.stringify(body) });
}

/** Blocks come in events of their own: what a message starts with would reach the client beside them. */
function checkStart(message: unknown): void {
  const content = isObject(message) ? message['content'] : undefined;
  if (content !== undefined && !(Array.isArray(content) && content.length === 0)) {
    throw malformedStream('the message of the stream starts with content');
  }
}

/** The input that pieces of JSON make; the text itself, read by the shape of a call's input, where they make none. */
function toInput(json: string): unknown {
  try {
    const input = parseJson(json, { what: 'the input of a tool call' });
    return isObject(input) ? input : json;
  } catch {
    return json;
  }
}

/** A reader of one streamed answer. Usage is part of the dialect, so there is none to hide. */
export function openMessageStream(): StreamReader {
  return new MessageStreamReader();
}
