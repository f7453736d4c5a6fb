// A Gemini stream through a gate: what a client puts together from what comes out.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { SseEvent } from '../sse.ts';
import type { StreamGate } from '../surface.ts';
import { SECRET, assemble, createGate, openReader, parseAll, pass, plantings } from '../testing/gate.ts';
import { GEMINI_ANSWER, GEMINI_CHUNKS } from '../testing/gemini.ts';
import { geminiGenerate } from './surface.ts';

const chunk = (...candidates: object[]): SseEvent => ({ data: JSON.stringify({ candidates }) });
const says = (...parts: object[]): object => ({ content: { role: 'model', parts } });
const malformed = expect.objectContaining({ code: 'upstream_malformed' }) as Error;
const passed = (events: readonly SseEvent[], hold = 0): string =>
  pass(geminiGenerate, events, createGate(geminiGenerate, hold));

/** The answer's text as the official client joins it: all but thoughts, and nothing of what is no text. */
function textOf(out: string): string {
  const parts = parseAll(out).flatMap(({ data }) => {
    const { candidates = [] } = JSON.parse(data) as { candidates?: { content?: { parts?: { text?: string }[] } }[] };
    return candidates[0]?.content?.parts ?? [];
  });
  return parts.map((part) => part.text ?? '').join('');
}

it('changes nothing of what a client puts together, however much is held back', () => {
  const expected = assemble(geminiGenerate, GEMINI_CHUNKS);
  expect(Object.keys(expected['whole'] as object).length).toBeGreaterThan(4);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), (hold) => {
      expect(assemble(geminiGenerate, parseAll(passed(GEMINI_CHUNKS, hold)))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

it('lets a string planted in any place of any event reach the gate', () => {
  let tried = 0;
  for (const planted of plantings(GEMINI_CHUNKS)) {
    tried++;
    try {
      expect(passed(planted, 30)).not.toContain('PLANTED');
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      expect(thrown.code).toBe('upstream_malformed');
    }
  }
  expect(tried).toBeGreaterThan(100);
});

it('catches a text that chunks and parts split anywhere', () => {
  const text = `before ${SECRET} after`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: text.length }), fc.boolean()), { maxLength: 8 }),
      fc.constantFrom('text', 'noveltyText'),
      (cuts, member) => {
        const sorted = cuts.sort(([a], [b]) => a - b);
        const places = [0, ...sorted.map(([at]) => at), text.length];
        const pieces = places.slice(1).map((end, i) => ({ [member]: text.slice(places[i], end) }));
        const events: SseEvent[] = [];
        const parts: object[] = [];
        pieces.forEach((piece, i) => {
          parts.push(piece);
          // Parts of a member that is not known are told apart by nothing: one a chunk.
          if (sorted[i]?.[1] !== true || member !== 'text') events.push(chunk(says(...parts.splice(0))));
        });
        if (parts.length > 0) events.push(chunk(says(...parts)));
        const out = parseAll(passed([...events, chunk({ finishReason: 'STOP' })], 30));
        const whole = assemble(geminiGenerate, out)['whole'] as Record<string, string>;
        expect(Object.values(whole)).toEqual(['before [gone] after']);
      },
    ),
  );
});

it('comes to the same text streamed as whole', () => {
  const parts = [{ text: 'a ' }, { text: SECRET.slice(0, 7) }, { text: SECRET.slice(7) }, { text: ' b' }];
  const whole = { candidates: [says(...parts)] };
  const { segments } = geminiGenerate.readResponse(whole);
  expect(segments.map(({ text }) => text)).toEqual([`a ${SECRET} b`]);
  expect(textOf(passed(parts.map((part) => chunk(says(part)))))).toBe('a [gone] b');
});

it('sends nothing of an event after a cut, and no call that was not let go', () => {
  const gate: StreamGate = { ...createGate(geminiGenerate, 0), push: () => ({ text: 'last words', cut: true }) };
  const out = pass(geminiGenerate, GEMINI_CHUNKS, gate);
  expect(out.endsWith('\n\n')).toBe(true);
  expect(out.match(/last words/g)).toHaveLength(1);
  expect(out).not.toContain('finishReason');
  const noTools: StreamGate = { ...createGate(geminiGenerate, 0), toolCall: () => ({ cut: true }) };
  expect(pass(geminiGenerate, GEMINI_CHUNKS, noTools)).not.toContain('get_weather');
});

it('redacts a function call where it stands', () => {
  const call = { name: 'send', args: { body: `x ${SECRET}`, [SECRET]: 1 } };
  const [event] = parseAll(passed([chunk(says({ functionCall: call }))]));
  expect(JSON.parse(event!.data)).toEqual({
    candidates: [says({ functionCall: { name: 'send', args: { body: 'x [gone]', '[gone]': 1 } } })],
  });
});

it('keeps the order of texts, calls and results', () => {
  const events = [
    chunk(says({ text: 'first' })),
    chunk(says({ executableCode: { language: 'PYTHON', code: 'print(2)' } })),
    chunk(says({ text: 'second' })),
    chunk(says({ functionCall: { name: 'f', args: {} } }, { text: 'third' })),
  ];
  const out = passed(events, 100);
  const places = ['first', 'print(2)', 'second', '"f"', 'third'].map((word) => out.indexOf(word));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(-1);
});

it('passes copies of the text only of what was released', () => {
  const grounded = (text: string): object => ({
    groundingMetadata: { groundingSupports: [{ segment: { startIndex: 0, endIndex: 4, text } }] },
  });
  const copy = (out: string): boolean => out.includes('"endIndex":4,"text"');
  const after = (text: string, of: string): string =>
    passed([
      chunk(says({ text })),
      chunk({ ...says({ inlineData: { mimeType: 'image/png', data: '' } }) }),
      chunk(grounded(of)),
    ]);
  expect(copy(after('plain words', 'plain'))).toBe(true);
  expect(copy(after(`plain ${SECRET}`, SECRET.slice(0, 9)))).toBe(false);
  // Held text is no released text.
  expect(copy(passed([chunk({ ...says({ text: 'plain words' }), ...grounded('plain') })], 100))).toBe(false);
});

it('passes log probabilities with the text they repeat, and never those of a redaction', () => {
  const chosen = (token: string): object => ({ chosenCandidates: [{ token, tokenId: 1, logProbability: -1 }] });
  const pieces = ['safe ', SECRET, ' end'].map((text) => chunk({ ...says({ text }), logprobsResult: chosen(text) }));
  const tokens = (out: string): (string | undefined)[] =>
    [...out.matchAll(/"token":"([^"]*)"/g)].map((match) => match[1]);
  expect(tokens(passed([...pieces, chunk({ finishReason: 'STOP' })], 5))).toEqual(['safe ', ' end']);
  expect(tokens(passed([chunk({ ...says({ text: 'safe' }), logprobsResult: chosen('other') })]))).toEqual([]);
});

it('adds up what was used, and says how each candidate ended', () => {
  const reader = openReader(geminiGenerate);
  const read = GEMINI_CHUNKS.map((event) => reader.read(event));
  expect(read.flatMap((piece) => piece.usage ?? []).at(-1)).toEqual({ inputTokens: 10, outputTokens: 13 });
  expect(read.flatMap((piece) => piece.finishReasons)).toEqual(['STOP', 'STOP']);
  expect(read.flatMap((piece) => piece.uninspected)).toContain('encrypted');
});

it('knows an error that the upstream reports within the stream', () => {
  const error = { error: { code: 503, message: `overloaded ${SECRET}`, status: 'UNAVAILABLE' } };
  const reader = openReader(geminiGenerate);
  expect(reader.read({ data: JSON.stringify(error) }).terminal).toBe('error');
  expect(passed([{ data: JSON.stringify(error) }])).toContain('overloaded [gone]');
});

it.each([
  ['[]'],
  ['{'],
  ['{"candidates":{}}'],
  ['{"candidates":[1]}'],
  ['{"candidates":[{"index":-1}]}'],
  ['{"candidates":[{"content":"x"}]}'],
  ['{"candidates":[{"content":{"parts":{"text":"x"}}}]}'],
  ['{"candidates":[{"content":{"parts":["x"]}}]}'],
  ['{"candidates":[{"content":{"parts":[{"text":41111111}]}}]}'],
  ['{"candidates":[{"content":{"parts":[{"text":"x","functionCall":{"name":"f"}}]}}]}'],
  ['{"candidates":[{"content":{"parts":[{"functionCall":"x"}]}}]}'],
  ['{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[]}}]}}]}'],
  ['{"candidates":[{},{"index":0}]}'],
])('refuses %s', (data) => {
  expect(() => passed([{ data }])).toThrow(malformed);
});

it('refuses streams that go on with what they had ended, or hold too much', () => {
  const end = chunk({ ...says({ text: 'a' }), finishReason: 'STOP' });
  expect(() => passed([end, chunk(says({ text: 'b' }))])).toThrow(malformed);
  expect(() => passed([end, chunk(says({ functionCall: { name: 'f' } }))])).toThrow(malformed);
  expect(textOf(passed([end, chunk({ ...says({ text: '' }), finishReason: 'STOP' })]))).toBe('a');
  const many = Array.from({ length: 5000 }, (_, i) => chunk(says({ text: 'x', thought: i % 2 === 0 })));
  expect(() => passed(many)).toThrow(/too many/);
  const calls = Array.from({ length: 1100 }, () => chunk(says({ functionCall: { name: 'f' } })));
  expect(() => passed(calls)).toThrow(/too many/);
});

it('reads as a stream what it reads whole', () => {
  const whole = geminiGenerate.readResponse(structuredClone(GEMINI_ANSWER));
  const reader = openReader(geminiGenerate);
  const piece = reader.read({ data: JSON.stringify(GEMINI_ANSWER) });
  expect(piece.usage).toEqual(whole.usage);
  expect(piece.finishReasons).toEqual(whole.finishReasons);
  expect([...piece.uninspected].sort()).toEqual([...whole.uninspected].sort());
});
