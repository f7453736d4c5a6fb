// A stream through a gate: what a client puts together from what comes out.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { anthropicMessages } from './anthropic/surface.ts';
import { openaiChat, openaiResponses } from './openai/surface.ts';
import { encodeSse, type SseEvent } from './sse.ts';
import type { LlmSurface, StreamGate } from './surface.ts';
import { SECRET, assemble, createGate, openReader, parseAll, pass, plantings } from './testing/gate.ts';
import { RESPONSES_EVENTS } from './testing/responses.ts';
import { ANTHROPIC_EVENTS, OPENAI_CHUNKS } from './testing/streams.ts';

const DIALECTS: [string, LlmSurface, readonly SseEvent[]][] = [
  ['OpenAI', openaiChat, OPENAI_CHUNKS],
  ['Anthropic', anthropicMessages, ANTHROPIC_EVENTS],
  ['Responses', openaiResponses, RESPONSES_EVENTS],
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

/** A piece of text as each dialect tells it. */
const PIECES: Record<string, (piece: string) => object> = {
  OpenAI: (content) => ({ choices: [{ index: 0, delta: { content } }] }),
  Anthropic: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  Responses: (piece) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: piece }),
};

it.each(DIALECTS)('catches a text that %s events split anywhere', (name, surface) => {
  const text = `before ${SECRET} after`;
  const delta = (piece: string): SseEvent => ({ data: JSON.stringify(PIECES[name]!(piece)) });
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  const start: SseEvent[] = name === 'Anthropic' ? [{ data: JSON.stringify(block) }] : [];
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
  expect(out).not.toMatch(/"finish_reason":"|message_stop|response\.completed|\[DONE\]/);
  const noTools: StreamGate = { ...createGate(surface, 0), toolCall: () => ({ cut: true }) };
  expect(pass(surface, events, noTools)).not.toContain('get_weather');
});

it('hides the usage that only we asked for', () => {
  const gate = createGate(openaiChat, 0);
  expect(pass(openaiChat, OPENAI_CHUNKS, gate, true)).not.toContain('usage');
  const reader = openReader(openaiChat, true);
  const usages = OPENAI_CHUNKS.flatMap((event) => reader.read(event).usage ?? []);
  expect(usages).toEqual([{ inputTokens: 9, outputTokens: 5 }]);
});

it('adds up what an Anthropic stream used', () => {
  const reader = openReader(anthropicMessages);
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
