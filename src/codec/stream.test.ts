// A stream through a gate: what a client puts together from what comes out.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { anthropicMessages } from './anthropic/surface.ts';
import { openaiChat } from './openai/surface.ts';
import { passEvent } from './pass-event.ts';
import { createSseParser, encodeSse, type SseEvent } from './sse.ts';
import type { LlmSurface, Release, StreamGate } from './surface.ts';
import { ANTHROPIC_EVENTS, OPENAI_CHUNKS } from './testing/streams.ts';

const SECRET = 'PLANTED <here> & there';

/** A gate that holds a number of characters back and takes SECRET out of what it has seen whole. */
function createGate(surface: LlmSurface, hold: number): StreamGate {
  const texts = new Map<string, { held: string; upTo: number }>();
  const clean = (text: string): string => text.replaceAll(SECRET, '[gone]');
  const release = (key: string, text: string, keep: number): Release => {
    const state = texts.get(key) ?? { held: '', upTo: 0 };
    texts.set(key, state);
    const whole = state.held + text;
    let out = Math.max(0, whole.length - keep);
    // Never cut a secret in two: wait for the rest of what may be one.
    const at = whole.indexOf(SECRET);
    if (at !== -1 && at < out && at + SECRET.length > out) out = at + SECRET.length;
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

function parseAll(text: string): SseEvent[] {
  return createSseParser().push(new TextEncoder().encode(text));
}

function pass(surface: LlmSurface, events: readonly SseEvent[], gate: StreamGate, hideUsage = false): string {
  const reader = surface.openStream({ hideUsage });
  let out = '';
  for (const event of events) {
    const passed = passEvent(reader, reader.read(event), gate);
    out += passed.out;
    if (passed.cut) return out;
  }
  return out + passEvent(reader, reader.end(), gate).out;
}

/** All that a client puts together: strings that grow by key, read with the reader itself and an open gate. */
function assemble(surface: LlmSurface, events: readonly SseEvent[]): Record<string, unknown> {
  const reader = surface.openStream({ hideUsage: false });
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

const DIALECTS: [string, LlmSurface, readonly SseEvent[]][] = [
  ['OpenAI', openaiChat, OPENAI_CHUNKS],
  ['Anthropic', anthropicMessages, ANTHROPIC_EVENTS],
];

it.each(DIALECTS)(
  'changes nothing of what an %s client puts together, however much is held back',
  (_name, surface, events) => {
    const expected = assemble(surface, events);
    expect(Object.keys(expected['whole'] as object).length).toBeGreaterThan(1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (hold) => {
        expect(assemble(surface, parseAll(pass(surface, events, createGate(surface, hold))))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  },
);

/** Copies of the events with SECRET in place of, or as a new member beside, each string of each event. */
function* plantings(events: readonly SseEvent[]): Generator<SseEvent[]> {
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

it.each(DIALECTS)('lets a string planted in any place of any %s event reach the gate', (_name, surface, events) => {
  let tried = 0;
  for (const planted of plantings(events)) {
    tried++;
    try {
      expect(pass(surface, planted, createGate(surface, 30))).not.toContain('PLANTED');
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      expect(thrown.code).toBe('upstream_malformed');
    }
  }
  expect(tried).toBeGreaterThan(100);
});

it.each(DIALECTS)('catches a text that %s events split anywhere', (name, surface) => {
  const text = `before ${SECRET} after`;
  const delta = (piece: string): SseEvent =>
    name === 'OpenAI'
      ? { data: JSON.stringify({ choices: [{ index: 0, delta: { content: piece } }] }) }
      : { data: JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } }) };
  const start: SseEvent[] =
    name === 'OpenAI'
      ? []
      : [
          {
            data: JSON.stringify({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
          },
        ];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
      const out = parseAll(pass(surface, [...start, ...pieces.map(delta)], createGate(surface, 30)));
      const whole = Object.values(assemble(surface, out)['whole'] as Record<string, string>);
      expect(whole).toEqual(['before [gone] after']);
    }),
  );
});

it.each(DIALECTS)('sends nothing of the %s event after a cut', (_name, surface, events) => {
  const gate: StreamGate = { ...createGate(surface, 0), push: () => ({ text: 'last words', cut: true }) };
  const out = pass(surface, events, gate);
  expect(out.endsWith('\n\n')).toBe(true);
  expect(out.match(/last words/g)).toHaveLength(1);
  expect(out).not.toMatch(/"finish_reason":"|message_stop|\[DONE\]/);
  const noTools: StreamGate = { ...createGate(surface, 0), toolCall: () => ({ cut: true }) };
  expect(pass(surface, events, noTools)).not.toContain('get_weather');
});

it('hides the usage that only we asked for', () => {
  const gate = createGate(openaiChat, 0);
  expect(pass(openaiChat, OPENAI_CHUNKS, gate, true)).not.toContain('usage');
  const reader = openaiChat.openStream({ hideUsage: true });
  const usages = OPENAI_CHUNKS.flatMap((event) => reader.read(event).usage ?? []);
  expect(usages).toEqual([{ inputTokens: 9, outputTokens: 5 }]);
});

it('adds up what an Anthropic stream used', () => {
  const reader = anthropicMessages.openStream({ hideUsage: false });
  const usages = ANTHROPIC_EVENTS.flatMap((event) => reader.read(event).usage ?? []);
  expect(usages.at(-1)).toEqual({ inputTokens: 12, outputTokens: 7 });
});

it('passes log probabilities with the text they repeat, and never those of a redaction', () => {
  const pieces = ['safe ', SECRET, ' end'];
  const chunks = pieces.map((content) => ({
    data: JSON.stringify({
      choices: [
        {
          index: 0,
          delta: { content },
          logprobs: { content: [{ token: content, logprob: -1, bytes: null, top_logprobs: [] }] },
        },
      ],
    }),
  }));
  const out = pass(openaiChat, [...chunks, { data: '[DONE]' }], createGate(openaiChat, 5));
  const tokens = [...out.matchAll(/"token":"([^"]*)"/g)].map((match) => match[1]);
  expect(tokens).toEqual(['safe ', ' end']);
  const lying = { data: chunks[0]!.data.replace('"token":"safe "', '"token":"other"') };
  expect(pass(openaiChat, [lying, { data: '[DONE]' }], createGate(openaiChat, 5))).not.toContain('"token"');
});

it('judges a string that was changed each time it comes', () => {
  const chunk = { data: JSON.stringify({ note: SECRET, choices: [] }) };
  const out = pass(openaiChat, [chunk, chunk, chunk], createGate(openaiChat, 0));
  expect(out.match(/\[gone\]/g)).toHaveLength(3);
  expect(out).not.toContain(SECRET);
});

it('refuses streams that go on with what they had ended, or hold too much', () => {
  const chunk = (choice: object): SseEvent => ({ data: JSON.stringify({ choices: [{ index: 0, ...choice }] }) });
  const again = [chunk({ delta: { content: 'a' }, finish_reason: 'stop' }), chunk({ delta: { content: 'b' } })];
  expect(() => pass(openaiChat, again, createGate(openaiChat, 0))).toThrow(/finished/);
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  const twice = [block, { type: 'content_block_stop', index: 0 }, block].map((body) => ({
    data: JSON.stringify(body),
  }));
  expect(() => pass(anthropicMessages, twice, createGate(anthropicMessages, 0))).toThrow(/started before/);
  const many = Array.from({ length: 5000 }, (_, i) => chunk({ delta: { [`k${i}`]: 'x' } }));
  expect(() => pass(openaiChat, many, createGate(openaiChat, 0))).toThrow(/too many/);
  for (const data of ['[]', '{', '{"choices":{}}', '{"choices":[{"index":-1}]}', '{"choices":[1]}']) {
    expect(() => pass(openaiChat, [{ data }], createGate(openaiChat, 0)), data).toThrow(AncileError);
  }
  expect(encodeSse({ data: '[DONE]' })).toBe('data: [DONE]\n\n');
});
