// A gate for the tests of streams, what passes it, and what a client puts together of that.
import { createSseParser, type SseEvent } from '../sse.ts';
import type { LlmSurface, Release, StreamGate, StreamReader } from '../surface.ts';
import { passEvent } from '../pass-event.ts';

/** What the gate takes out. */
export const SECRET = 'PLANTED <here> & there';

/** A gate that holds a number of characters back and takes SECRET out of what it has seen whole. */
export function createGate(surface: LlmSurface, hold: number): StreamGate {
  const texts = new Map<string, { held: string; upTo: number }>();
  const clean = (text: string): string => text.replaceAll(SECRET, '[gone]');
  const release = (key: string, text: string, keep: number): Release => {
    const state = texts.get(key) ?? { held: '', upTo: 0 };
    texts.set(key, state);
    const whole = state.held + text;
    let out = Math.max(0, whole.length - keep);
    // Never cut a secret in two: wait for the rest of what may be one.
    const at = whole.indexOf(SECRET, Math.max(0, out - SECRET.length + 1));
    if (at !== -1 && at < out) out = at + SECRET.length;
    const from = state.upTo;
    state.held = whole.slice(out);
    state.upTo += out;
    const redacted = [...whole.slice(0, out).matchAll(new RegExp(SECRET.replace(/[<>&]/g, '\\$&'), 'g'))].map(
      (match) => ({
        start: from + match.index,
        end: from + match.index + SECRET.length,
      }),
    );
    return { text: clean(whole.slice(0, out)), upTo: state.upTo, redacted };
  };
  return {
    push: (delta) => release(delta.key, delta.text, Math.max(hold, SECRET.length)),
    end: (key) => release(key, '', 0),
    whole: (delta) => ({ text: clean(delta.text) }),
    toolCall(call) {
      const edits = call.segments.filter((each) => each.text.includes(SECRET));
      surface.redact(
        call.body,
        edits.map(({ path, text }) => ({ path, text: clean(text) })),
      );
      return {};
    },
  };
}

/** A reader of a surface that streams. @throws Error for one that does not */
export function openReader(surface: LlmSurface, hideUsage = false): StreamReader {
  if (surface.openStream === undefined) throw new Error(`${surface.id} does not stream`);
  return surface.openStream({ hideUsage });
}

export function parseAll(text: string): SseEvent[] {
  return createSseParser().push(new TextEncoder().encode(text));
}

/** The events through the gate, as text on the wire. */
export function pass(surface: LlmSurface, events: readonly SseEvent[], gate: StreamGate, hideUsage = false): string {
  const reader = openReader(surface, hideUsage);
  let out = '';
  for (const event of events) {
    const passed = passEvent(reader, reader.read(event), gate);
    out += passed.out;
    if (passed.cut) return out;
  }
  return out + passEvent(reader, reader.end(), gate).out;
}

/** All that a client puts together: strings that grow by key, read with the reader itself and an open gate. */
export function assemble(surface: LlmSurface, events: readonly SseEvent[]): Record<string, unknown> {
  const reader = openReader(surface);
  const whole: Record<string, string> = {};
  const rest: unknown[] = [];
  for (const event of events) {
    const piece = reader.read(event);
    for (const delta of piece.texts) {
      if (delta.kind === 'text') whole[delta.key] = (whole[delta.key] ?? '') + delta.text;
    }
    rest.push(
      ...piece.toolCalls.map((call) => call.body),
      ...piece.finishReasons,
      ...(piece.usage ? [piece.usage] : []),
    );
  }
  return { whole, rest };
}

/** Copies of the events with SECRET in place of, or as a new member beside, each string of each event. */
export function* plantings(events: readonly SseEvent[]): Generator<SseEvent[]> {
  for (const [i, event] of events.entries()) {
    if (!event.data.startsWith('{')) continue;
    const total = [...walk(JSON.parse(event.data))].length;
    for (let n = 0; n < total; n++) {
      for (const add of [true, false]) {
        const body = JSON.parse(event.data) as unknown;
        const [node, name] = [...walk(body)][n]!;
        if (add) node['unknown_field'] = SECRET;
        else node[name] = typeof node[name] === 'string' ? `${node[name]}${SECRET}` : SECRET;
        yield events.map((each, k) => (k === i ? { ...each, data: JSON.stringify(body) } : each));
      }
    }
  }
}

function* walk(value: unknown): Generator<[Record<string, unknown>, string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    yield [value as Record<string, unknown>, name];
    yield* walk((value as Record<string, unknown>)[name]);
  }
}
