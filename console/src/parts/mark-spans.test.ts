import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Finding } from '../contract.ts';
import { markSpans } from './mark-spans.ts';

const finding = (rule: string, start: number, end: number): Finding => ({
  rule,
  class: 'pii',
  severity: 'high',
  score: 0.9,
  start,
  end,
  evidence: '',
  techniques: [],
  detector: 'pii',
  segment: '',
  channel: 'user',
});

const shown = (text: string, findings: Finding[]): string[] =>
  markSpans(text, findings).map((piece) => {
    const rules = piece.findings.map((each) => each.rule).join('+');
    return rules === '' ? piece.text : `${piece.redacted ? '#' : ''}${rules}(${piece.text})`;
  });

it('marks a span where it was found', () => {
  expect(shown('mail to a@b.c now', [finding('pii.email', 8, 13)])).toEqual(['mail to ', 'pii.email(a@b.c)', ' now']);
});

it('cuts overlapping spans so that each stretch names all that cover it', () => {
  expect(shown('abcdef', [finding('x', 0, 4), finding('y', 2, 6)])).toEqual(['x(ab)', 'x+y(cd)', 'y(ef)']);
});

it('finds spans behind a redaction, which is of another length than what it replaced', () => {
  const original = 'card 4111111111111111, mail a@b.c, card 4111111111111111!';
  const spans = [finding('pii.card', 5, 21), finding('pii.email', 28, 33), finding('pii.card', 40, 56)];
  const captured = 'card [REDACTED:pii.card], mail a@b.c, card [REDACTED:pii.card]!';
  expect(original.slice(28, 33)).toBe('a@b.c');
  expect(shown(captured, spans)).toEqual([
    'card ',
    '#pii.card([REDACTED:pii.card])',
    ', mail ',
    'pii.email(a@b.c)',
    ', card ',
    '#pii.card([REDACTED:pii.card])',
    '!',
  ]);
});

it('takes a mark that a writer put there himself for text', () => {
  expect(shown('I wrote [REDACTED:pii.card]', [])).toEqual(['I wrote [REDACTED:pii.card]']);
});

it('marks nothing beyond the text', () => {
  expect(shown('short', [finding('x', 3, 50)])).toEqual(['short']);
});

it('loses nothing of the text', () => {
  const spans = fc.array(
    fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => finding('r.x', start, start + length)),
    { maxLength: 8 },
  );
  const texts = fc.array(fc.constantFrom('a', '[REDACTED:r.x]', ' '), { maxLength: 30 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, spans, (text, findings) => {
      expect(
        markSpans(text, findings)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
