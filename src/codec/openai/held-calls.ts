// Tool calls of a stream, assembled from their pieces and held until they are whole.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { readByShape } from '../walk.ts';
import { MAX_CALLS, MAX_HELD, checkIndex, malformedStream } from '../stream-limits.ts';
import type { ToolCall } from '../surface.ts';
import { OUTPUT, TOOL_ARGUMENT, type Shape } from '../shape.ts';
import { TOOL_CALL } from './request-shape.ts';

const LEGACY_CALL: Shape = { place: TOOL_ARGUMENT, fields: { name: {}, arguments: { json: true } } };

/** The strings of a call that arrive in pieces; of all others the first is kept unless a later one differs. */
const GROWING = new Set(['arguments', 'input']);

export interface HeldCalls {
  /** Takes `tool_calls` and `function_call` out of a delta. */
  take(choice: number, delta: Json): void;
  /** The calls of a choice (or of all) that are complete now that it has ended; they are no longer held. */
  finish(choice?: number): ToolCall[];
}

interface HeldCall {
  readonly choice: number;
  readonly legacy: boolean;
  readonly index: number;
  readonly body: Json;
}

/** What `renderToolCall` needs to know of a call: its key says where it stands. */
export function parseCallKey(key: string): { choice: number; index: number | undefined } {
  const [, , choice, , , index] = key.split('/');
  return { choice: Number(choice), index: index === undefined ? undefined : Number(index) };
}

export function createHeldCalls(): HeldCalls {
  const held = new Map<string, HeldCall>();
  let calls = 0;
  let size = 0;

  function grow(text: string): string {
    size += text.length;
    if (size > MAX_HELD) throw malformedStream('the tool calls of the stream are larger than is held');
    return text;
  }

  function merge(target: Json, piece: Json, depth: number): void {
    if (depth > 100) throw malformedStream('a tool call is nested too deep');
    for (const [name, value] of Object.entries(piece)) {
      const old = Object.hasOwn(target, name) ? target[name] : undefined;
      if (typeof value === 'string' && typeof old === 'string') {
        if (GROWING.has(name)) target[name] = old + grow(value);
        // Some upstreams repeat the id and name in each piece, others send a name in pieces.
        else if (value !== old) target[name] = old + grow(value);
      } else if (isObject(value) && isObject(old)) {
        merge(old, value, depth + 1);
      } else if (value !== null || old === undefined) {
        grow(JSON.stringify(value));
        target[name] = value;
      }
    }
  }

  function hold(key: string, choice: number, index: number, legacy: boolean, piece: Json): void {
    let call = held.get(key);
    if (call === undefined) {
      if (++calls > MAX_CALLS) throw malformedStream('the stream has too many tool calls');
      call = { choice, legacy, index, body: {} };
      held.set(key, call);
    }
    merge(call.body, piece, 0);
  }

  return {
    take(choice, delta) {
      const list = delta['tool_calls'];
      if (Array.isArray(list)) {
        (list as unknown[]).forEach((piece, position) => {
          if (!isObject(piece)) throw malformedStream('a tool call of the stream is not an object');
          const index = checkIndex(piece['index'] ?? position, 'the index of a tool call', 10_000);
          const { index: _, ...rest } = piece;
          hold(`/choices/${choice}/delta/tool_calls/${index}`, choice, index, false, rest);
        });
        delete delta['tool_calls'];
      }
      const legacy = delta['function_call'];
      if (isObject(legacy)) {
        hold(`/choices/${choice}/delta/function_call`, choice, 0, true, legacy);
        delete delta['function_call'];
      }
    },
    finish(choice) {
      const done: ToolCall[] = [];
      for (const [key, call] of held) {
        if (choice !== undefined && call.choice !== choice) continue;
        held.delete(key);
        const { segments } = readByShape(call.body, call.legacy ? LEGACY_CALL : TOOL_CALL, OUTPUT);
        done.push({ key, segments, body: call.body });
      }
      return done;
    },
  };
}
