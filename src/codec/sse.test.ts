import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSseParser, encodeSse, type SseEvent, type SseLimits } from './sse.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(chunks: readonly Uint8Array[], limits?: SseLimits): SseEvent[] {
  const parser = createSseParser(limits);
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  parser.end();
  return events;
}

function split(whole: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, i) => whole.subarray(places[i], end));
}

it('reads the forms of the standard', () => {
  expect(parse([bytes('\ufeffdata: a\n\n')])).toEqual([{ data: 'a' }]);
  expect(parse([bytes('event: add\ndata: 1\ndata:2\ndata\ndata:  3\n\n')])).toEqual([
    { event: 'add', data: '1\n2\n\n 3' },
  ]);
  expect(parse([bytes(': comment\nid: 7\nretry: 10\nfoo: bar\n\nevent: lost\n\ndata\n\n')])).toEqual([{ data: '' }]);
  expect(parse([bytes('data: a\rdata: b\r\rdata: c\r\n\r\n')])).toEqual([{ data: 'a\nb' }, { data: 'c' }]);
  expect(parse([bytes('data: unfinished\n')])).toEqual([]);
});

const line = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'data',
    'data:',
    'data: x',
    'event: e',
    ': c',
    'data: \u20ac\u{1f600}',
    'da\u00e9ta: y',
    '\ufeffdata: z',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
);

it('gives the same events however the chunks split', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (lines, cuts) => {
        const whole = bytes(lines.map(([text, end]) => text + end).join(''));
        expect(parse(split(whole, cuts))).toEqual(parse([whole]));
        expect(parse([...whole].map((byte) => Uint8Array.of(byte)))).toEqual(parse([whole]));
      },
    ),
    { numRuns: 300 },
  );
});

it('reads what it encodes', () => {
  const name = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', '_', '.') });
  const event = fc.oneof(
    fc.record({ data: fc.string({ unit: 'grapheme' }) }),
    fc.record({ event: name, data: fc.string() }),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const expected = events.map((each) => ({ ...each, data: each.data.replace(/\r\n?/g, '\n') }));
      expect(parse([bytes(events.map(encodeSse).join(''))])).toEqual(expected);
    }),
  );
  expect(() => encodeSse({ event: 'a\ndata: x', data: '' })).toThrow(/line end/);
});

it('refuses lines and events past their bounds, and what is not UTF-8', () => {
  expect(() =>
    parse(
      Array.from({ length: 12 }, () => bytes('data: xxxx')),
      { maxLine: 100 },
    ),
  ).toThrow(/longer than 100/);
  expect(() => parse([bytes('data: 0123456789\n'.repeat(10))], { maxEvent: 50 })).toThrow(/longer than 50/);
  expect(() => parse([Uint8Array.of(0x64, 0xff)])).toThrow(/UTF-8/);
  expect(() => parse([Uint8Array.of(0xe2, 0x82)])).toThrow(/UTF-8/);
});
