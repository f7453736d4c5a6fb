// Reads a streamed answer of choices chunk by chunk, and makes chunks in the same likeness: Chat Completions and the
// legacy completions before them.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { OUTPUT, type Shape } from '../shape.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { MAX_KEYS, checkIndex, malformedStream, parseEventData } from '../stream-limits.ts';
import { createSeenStrings, listWhole } from '../stream-strings.ts';
import type { Release, StreamPiece, StreamReader, TextDelta, TokenUsage, ToolCall } from '../surface.ts';
import { listChoiceStrings, toSkeleton, type Step } from './chat-chunk.ts';
import { CHAT_FORM, LEGACY_FORM, type ChoiceForm } from './choice-form.ts';
import { ENVELOPE, readChatUsage } from './chat-response.ts';
import { createHeldCalls, parseCallKey } from './held-calls.ts';
import { createHeldLogprobs, type HeldLogprobs } from './held-logprobs.ts';

const CHUNK: Shape = { place: OUTPUT, fields: { ...ENVELOPE, choices: { skip: true } } };

interface ChatPiece extends StreamPiece {
  readonly body: Json | undefined;
  /** Whether the chunk said something besides what was taken out of it or may be put back empty. */
  readonly always: boolean;
}

interface ChoiceState {
  readonly keys: Map<string, readonly Step[]>;
  readonly logprobs: Map<string, HeldLogprobs>;
  finished: boolean;
  /** A call of it went out; a text in the place of one did. */
  called: boolean;
  dropped: boolean;
}

class ChoiceStreamReader implements StreamReader {
  private readonly hideUsage: boolean;
  private readonly choices = new Map<number, ChoiceState>();
  private readonly calls = createHeldCalls();
  private readonly seen = createSeenStrings();
  private readonly form: ChoiceForm;
  private envelope: Json;
  private keys = 0;

  constructor(hideUsage: boolean, form: ChoiceForm) {
    this.hideUsage = hideUsage;
    this.form = form;
    this.envelope = { object: form.object };
  }

  read(event: SseEvent): ChatPiece {
    if (event.data.startsWith('[DONE]')) {
      const toolCalls = this.calls.finish();
      return { ...this.closing(), toolCalls, terminal: 'done' };
    }
    const body = parseEventData(event.data);
    const texts: TextDelta[] = [];
    const uninspected = new Set<Uninspected>();
    const ends: string[] = [];
    const toolCalls: ToolCall[] = [];
    const finishReasons: string[] = [];
    // Noise that pads each event against traffic analysis: events are cut anew here, so it hides nothing.
    delete body['obfuscation'];
    const choices = body['choices'] ?? [];
    if (!Array.isArray(choices)) throw malformedStream('choices of a chunk is not an array');
    let always = choices.length === 0;
    const indexes = new Set<unknown>();
    for (const choice of choices as unknown[]) {
      if (!isObject(choice)) throw malformedStream('a choice of a chunk is not an object');
      // Clients join both in their own order, and the text of one would be held apart from the other's end.
      const index = choice['index'] ?? 0;
      if (indexes.has(index)) throw malformedStream('a chunk names one choice twice');
      indexes.add(index);
      if (this.readChoice(choice, texts, uninspected, ends, toolCalls, finishReasons)) always = true;
    }
    const usage = readChatUsage(body);
    always = this.keepUsage(body, choices, usage) && always;
    if (!this.isAsBefore(body)) {
      listWhole(body, '', CHUNK, this.seen, texts, uninspected);
      this.remember(body);
    }
    return {
      body,
      always,
      texts,
      ends,
      toolCalls,
      finishReasons,
      uninspected: [...uninspected],
      ...(usage !== undefined && { usage }),
      ...(isSet(body['error']) && { terminal: 'error' as const }),
    };
  }

  end(): ChatPiece {
    return this.closing();
  }

  makeTextEvent(key: string, text: string, release?: Release): string {
    const index = Number(key.split('/')[2]);
    const state = this.choices.get(index);
    const steps = state?.keys.get(key);
    if (state === undefined || steps === undefined) throw malformedStream('no text of the stream has this key');
    const choice = this.form.complete(toSkeleton(index, steps, text));
    if (release !== undefined) this.attachTo(choice, key, release);
    return encodeSse({ data: JSON.stringify({ ...this.envelope, choices: [choice] }) });
  }

  renderToolCall(call: ToolCall): string {
    const { choice, index } = parseCallKey(call.key);
    const state = this.choices.get(choice);
    if (state !== undefined) state.called = true;
    const delta =
      index === undefined ? { function_call: call.body } : { tool_calls: [{ index, ...(call.body as Json) }] };
    const body = { ...this.envelope, choices: [{ index: choice, delta, finish_reason: null }] };
    return encodeSse({ data: JSON.stringify(body) });
  }

  dropToolCall(call: ToolCall, note: string): string {
    const { choice } = parseCallKey(call.key);
    const state = this.choices.get(choice);
    if (state !== undefined) state.dropped = true;
    const body = { ...this.envelope, choices: [{ index: choice, delta: { content: note }, finish_reason: null }] };
    return encodeSse({ data: JSON.stringify(body) });
  }

  attach(piece: StreamPiece, key: string, release: Release): void {
    const { body } = piece as ChatPiece;
    const index = Number(key.split('/')[2]);
    const choice = (body?.['choices'] as Json[] | undefined)?.find((each) => (each['index'] ?? 0) === index);
    if (choice !== undefined) this.attachTo(choice, key, release);
  }

  encode(piece: StreamPiece): string {
    const { body, always, terminal } = piece as ChatPiece;
    if (body === undefined) return terminal === 'done' ? encodeSse({ data: '[DONE]' }) : '';
    const choices = (body['choices'] ?? []) as Json[];
    for (const choice of choices) this.mendReason(choice);
    const silent = choices.every((choice) => this.form.isBare(choice) && !isSet(choice['logprobs']));
    if (!always && silent && !isSet(body['error']) && !isSet(body['usage'])) return '';
    return encodeSse({ data: JSON.stringify(body) });
  }

  /** A choice whose calls were all taken out ends as one that made none. */
  private mendReason(choice: Json): void {
    const reason = choice['finish_reason'];
    if (reason !== 'tool_calls' && reason !== 'function_call') return;
    const state = this.choices.get(Number(choice['index'] ?? 0));
    if (state?.dropped === true && !state.called) choice['finish_reason'] = 'stop';
  }

  /** Reads one choice; answers whether its chunk must go out even when nothing of its texts is released yet. */
  private readChoice(
    choice: Json,
    texts: TextDelta[],
    uninspected: Set<Uninspected>,
    ends: string[],
    toolCalls: ToolCall[],
    finishReasons: string[],
  ): boolean {
    const index = checkIndex(choice['index'] ?? 0, 'the index of a choice', this.form.maxChoices - 1);
    let state = this.choices.get(index);
    if (state === undefined)
      this.choices.set(
        index,
        (state = { keys: new Map(), logprobs: new Map(), finished: false, called: false, dropped: false }),
      );
    const { keys, finished } = state;
    const delta = isObject(choice['delta']) ? choice['delta'] : {};
    this.form.check(choice);
    this.holdLogprobs(index, choice, state);
    const first = texts.length;
    const role = isSet(delta['role']);
    const before = Object.keys(delta).length;
    this.calls.take(index, delta);
    const tookCalls = Object.keys(delta).length < before;
    const onGrowing = (key: string, steps: readonly Step[]): void => {
      if (finished) throw malformedStream('the stream goes on with a choice that it had finished');
      if (keys.has(key)) return;
      if (++this.keys > MAX_KEYS) throw malformedStream('the stream has too many different texts');
      keys.set(key, steps);
    };
    listChoiceStrings(index, choice, { texts, uninspected, seen: this.seen, onGrowing });
    const reason = choice['finish_reason'];
    if (isSet(reason) && !finished) {
      state.finished = true;
      if (typeof reason === 'string') finishReasons.push(reason);
      ends.push(...keys.keys());
      toolCalls.push(...this.calls.finish(index));
    }
    const grew = texts.slice(first).some((text) => text.kind === 'text');
    return role || isSet(reason) || (!tookCalls && !grew);
  }

  private holdLogprobs(index: number, choice: Json, state: ChoiceState): void {
    const twins = this.form.listTwins(choice);
    delete choice['logprobs'];
    for (const { path, text, entries } of twins) {
      if (typeof text !== 'string' || text === '') continue;
      const key = `/choices/${index}/${path}`;
      let held = state.logprobs.get(key);
      if (held === undefined) state.logprobs.set(key, (held = createHeldLogprobs()));
      held.add(text, entries);
    }
  }

  private attachTo(choice: Json, key: string, release: Release): void {
    const held = this.choices.get(Number(key.split('/')[2]))?.logprobs.get(key);
    const tokens = held?.takeAligned(release) ?? [];
    if (tokens.length > 0) this.form.attach(choice, key, tokens);
  }

  /** Takes out usage that only we asked for; answers whether the chunk says something besides. */
  private keepUsage(body: Json, choices: readonly unknown[], usage: TokenUsage | undefined): boolean {
    if (!this.hideUsage || !Object.hasOwn(body, 'usage')) return true;
    delete body['usage'];
    return !(choices.length === 0 && usage !== undefined);
  }

  /** Whether a chunk says nothing outside its choices but what was read before: nearly every chunk does not. */
  private isAsBefore(chunk: Json): boolean {
    for (const name in chunk) {
      const value = chunk[name];
      if (name !== 'choices' && value !== null && (value !== this.envelope[name] || typeof value === 'object'))
        return false;
    }
    return true;
  }

  /** Keeps the fields that every chunk carries, for the chunks made here; only harmless values of them. */
  private remember(chunk: Json): void {
    for (const [name, shape] of Object.entries(ENVELOPE)) {
      const value = chunk[name];
      if (typeof value === 'number' || (typeof value === 'string' && shape.known?.(value) === true))
        this.envelope[name] = value;
    }
  }

  private closing(): ChatPiece {
    const open = [...this.choices.values()].filter((state) => !state.finished);
    for (const state of open) state.finished = true;
    const ends = open.flatMap((state) => [...state.keys.keys()]);
    return { body: undefined, always: false, texts: [], ends, toolCalls: [], finishReasons: [], uninspected: [] };
  }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A reader of one streamed answer. `hideUsage`: the usage chunk was asked for by us and is not passed on. */
export function openChatStream(options: { readonly hideUsage: boolean }): StreamReader {
  return new ChoiceStreamReader(options.hideUsage, CHAT_FORM);
}

/** The same for the legacy completions. */
export function openCompletionStream(options: { readonly hideUsage: boolean }): StreamReader {
  return new ChoiceStreamReader(options.hideUsage, LEGACY_FORM);
}
