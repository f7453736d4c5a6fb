// Grounding: what documents bear out passes in any notation and language, what they do not is found where it stands.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from '../../contract/index.ts';
import { createView } from '../view.ts';
import { GROUNDING_CASES } from '../testing/grounding-cases.ts';
import { testContext } from '../testing/plain-view.ts';
import { groundingDetector } from './detector.ts';
import { documentsOf } from './documents.ts';
import { splitSentences } from './sentences.ts';

const SURE = 0.5;

function find(answer: string, texts: readonly string[], said: readonly string[] = []) {
  return groundingDetector.inspect(createView(answer), testContext({ documents: { texts, said } }));
}

describe.each(GROUNDING_CASES)('$name', ({ documents, asked, good, bad }) => {
  const said = asked === undefined ? [] : [asked];
  it.each(good)('bears out: %s', (answer) => {
    expect(find(answer, documents, said).filter((finding) => finding.score >= SURE)).toEqual([]);
  });
  it.each(bad)('does not bear out (%s): %s', (rule, answer) => {
    const found = find(answer, documents, said).filter(
      (each) => each.rule === `ungrounded.${rule}` && each.score >= 0.4,
    );
    expect(found.length).toBeGreaterThan(0);
    for (const { start, end, evidence } of found) {
      expect(end).toBeGreaterThan(start);
      // Evidence never shows what was found.
      expect(evidence).not.toContain(answer.slice(start, end));
    }
  });
});

it('says where: the span is the figure itself, also behind folded characters', () => {
  const answer = '“Revenue” was ½ of nothing… then €９９９ million.';
  const [finding] = find(answer, ['Revenue was 412 million.']).filter((each) => each.score >= SURE);
  expect(answer.slice(finding!.start, finding!.end)).toBe('９９９ million');
});

it('says nothing without documents, and little of what is too long to compare', () => {
  expect(find('It was 4,711.', [])).toEqual([]);
  expect(groundingDetector.inspect(createView('It was 4,711.'), testContext())).toEqual([]);
  expect(find('It was 4,711.', ['x'.repeat(400_001)])).toMatchObject([{ rule: 'ungrounded.not_compared', score: 0.1 }]);
});

it('takes a figure of the question, a hedge, a list mark and a small count for what they are', () => {
  const documents = ['The report has no figures.'];
  expect(find('You asked about 4,711 units.', documents, ['What of the 4711 units?'])).toEqual([]);
  expect(find('I think it may be 4,711. Was it 5,822? For example, 6,933 would do.', documents)).toEqual([]);
  expect(find('There are three points:\n13. One\n14. Two\n15) Three', documents)).toEqual([]);
  expect(find('It has 3 parts and 12 pages.', documents)).toEqual([]);
  expect(find('```\nx = 4711\n```', documents)).toEqual([]);
});

it('is not sure of a figure that can be worked out', () => {
  const documents = ['Flour costs 340 EUR, sugar 215 EUR, delivery 45 EUR.'];
  for (const answer of ['Together 600 EUR.', 'The difference is 125 EUR.', 'Sugar is 63% of flour.']) {
    expect(find(answer, documents).every((finding) => finding.score < SURE)).toBe(true);
  }
  expect(find('Together 750 EUR.', documents).some((finding) => finding.score >= SURE)).toBe(true);
});

it('does not judge the words of a translation, but its figures', () => {
  const documents = [
    'The bridge was closed for repairs because the inspectors had found cracks in two of its pillars. It will be open to traffic again on 4 May 2025.',
  ];
  const german =
    'Die Brücke wurde wegen Rissen in zwei Pfeilern gesperrt, die von den Prüfern gefunden wurden. Am 4. Mai 2025 wird sie wieder geöffnet.';
  expect(find(german, documents)).toEqual([]);
  expect(find(german.replace('4. Mai', '9. Juni'), documents)).toMatchObject([{ rule: 'ungrounded.date' }]);
});

it('finds a number however it is written, and no other number', () => {
  const notations = [
    (n: number) => String(n),
    (n: number) => n.toLocaleString('en-US'),
    (n: number) => n.toLocaleString('de-DE'),
    (n: number) => n.toLocaleString('fr-FR'),
    (n: number) => `$${n.toLocaleString('en-US')}`,
    (n: number) => `${n.toLocaleString('en-US')}.00`,
    (n: number) => `${n}元`,
    (n: number) => `${n}kg`,
  ];
  const notation = fc.constantFrom(...notations);
  fc.assert(
    fc.property(fc.integer({ min: 1001, max: 99_999_999 }), notation, notation, (n, written, asked) => {
      const document = [`The total was ${written(n)} in all.`];
      expect(find(`So it is ${asked(n)} then.`, document)).toEqual([]);
      const other = n + 1 + (n % 7);
      // A number that ends in zeros may be a rounded one.
      if (other % 10 === 0 || n % 10 === 0) return;
      expect(find(`So it is ${asked(other)} then.`, document).length).toBe(1);
    }),
  );
});

it('comes to an end on hostile documents and answers', () => {
  const texts = [
    '1.'.repeat(100_000),
    '1 May '.repeat(30_000),
    'a1'.repeat(100_000),
    '12 345 '.repeat(25_000),
    '9,'.repeat(90_000),
  ];
  for (const text of texts) {
    find('It was 4,711.', [text]);
    find(text.slice(0, 90_000), ['It was 4,711 on 3 May 2020.']);
  }
  // Quadratic work on these would take minutes.
});

it('never throws, and points into the answer', () => {
  const piece = fc.constantFrom(
    '12',
    '1.234',
    '31/12/2024',
    'May ',
    ' 3 ',
    '% ',
    '$',
    '”',
    '。',
    'Mr. Smith',
    '\ud83d',
    '٣',
    '½',
    '10:30 pm ',
  );
  const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((all) => String.fromCharCode(...all));
  const text = fc.oneof(
    units,
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, text, (document, answer) => {
      for (const { start, end, score } of find(answer, [document])) {
        expect(0 <= start && start < end && end <= answer.length && score > 0 && score < 1).toBe(true);
      }
    }),
  );
});

it('sorts a request into documents and what was said', () => {
  const segment = (channel: Segment['channel'], text: string): Segment => ({ path: '', channel, origin: 'user', text });
  const quoting = `Context: ${'The mill made 12 tons. '.repeat(20)}\n\nQuestion: how many tons?`;
  const long = 'Write me a story of a mill. '.repeat(30);
  expect(
    documentsOf([
      segment('system', 'Be brief.'),
      segment('tool_description', 'Adds 2 numbers'),
      segment('tool_result', '{"a":1}'),
      segment('document', 'doc'),
      segment('user', quoting),
      segment('user', long),
      segment('user', 'Context: short'),
    ]),
  ).toEqual({ texts: ['{"a":1}', 'doc', quoting], said: ['Be brief.', long, 'Context: short'] });
});

it('cuts sentences where they end, and every character is in at most one', () => {
  const text = 'Mr. A paid 3.50 on 4.5. Did he? Yes!\n- Item one\n他来了。她走了！';
  expect(splitSentences(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    'Mr.',
    'A paid 3.50 on 4.5.',
    'Did he?',
    'Yes!',
    '- Item one',
    '他来了。',
    '她走了！',
  ]);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '.', ' ', '\n', '!', '。', '"') }), (any) => {
      let last = 0;
      for (const { start, end } of splitSentences(any)) {
        expect(start >= last && end > start && any.slice(start, end).trim() === any.slice(start, end)).toBe(true);
        last = end;
      }
    }),
  );
});
