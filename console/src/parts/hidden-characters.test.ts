import fc from 'fast-check';
import { expect, it } from 'vitest';
import { revealHidden } from './hidden-characters.ts';

const labels = (text: string, keep?: boolean): string[] =>
  revealHidden(text, keep).map((piece) => (piece.kind === 'hidden' ? `<${piece.label}>` : piece.text));

it.each([
  ['plain text, ünïcode, 漢字', ['plain text, ünïcode, 漢字']],
  ['a\u202eb', ['a', '<U+202E>', 'b']],
  ['pay\u200bpal', ['pay', '<U+200B>', 'pal']],
  ['x\u{e0041}\u{e0042}', ['x', '<U+E0041>', '<U+E0042>']],
  ['a\u{e0101}', ['a', '<U+E0101>']],
  ['\u001b[31m', ['<U+001B>', '[31m']],
  ['lone \ud800.', ['lone ', '<U+D800>', '.']],
  ['👩‍💻 ok', ['👩‍💻 ok']],
  ['\u2060', ['<U+2060>']],
])('%j is shown whole', (text, expected) => {
  expect(labels(text)).toEqual(expected);
});

it('keeps lines and tabs where they are shown as such', () => {
  expect(labels('a\n\tb\r', true)).toEqual(['a\n\tb', '<␍>']);
  expect(labels('a\nb')).toEqual(['a', '<⏎>', 'b']);
});

it('loses and adds nothing, and leaves no control or direction mark in plain text', () => {
  const alphabet = fc.constantFrom(
    'a',
    ' ',
    '\u202e',
    '\u200d',
    '\ufe0f',
    '😀',
    '\n',
    '\u0000',
    '\ud83d',
    '\u{e0061}',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(alphabet).map((parts) => parts.join('')),
      (text) => {
        const pieces = revealHidden(text);
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        for (const piece of pieces) if (piece.kind === 'text') expect(piece.text).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
      },
    ),
  );
});
