// A view shows what a text says under its disguises, and leads every span back to where it stood.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldText } from './fold.ts';
import { createView } from './view.ts';

const tags = (text: string): string => [...text].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('');

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff), { maxLength: 30 }).map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom('а', 'В', 'ﷺ', '각', 'é', 'Ａ', '\u200b', '𝐢', '\ud800', '\udc00', 'İ', 'Σ', 'x', ' '),
  }),
);

it('leaves plain ASCII as it is', () => {
  const view = createView('Plain text,\r\n\tnothing hidden.');
  expect(view.folded).toBe(view.original);
  expect(view.lower).toBe('plain text,\r\n\tnothing hidden.');
  expect(view.toOriginal(3, 9)).toEqual([3, 9]);
});

it.each([
  ['fullwidth', 'ｉｇｎｏｒｅ'],
  ['mathematical', '𝒊𝒈𝓷𝗈𝚛𝖾'],
  ['Cyrillic and Greek', 'іgnоrε'],
  ['circled', 'ⓘⓖⓝⓞⓡⓔ'],
  ['small capitals', 'ɪɢɴᴏʀᴇ'],
  ['zero-width and soft hyphens', 'i\u200bg\u00adn\u2060o\ufeffre'],
  ['stacked marks', 'i\u0301\u0316g\u0335nöŕe'],
  ['tag characters', tags('ignore')],
  ['null bytes', 'i\0g\0nore'],
])('reads %s letters', (_, disguised) => {
  expect(createView(disguised).lower).toBe('ignore');
});

it('maps a span through dropped and widened characters', () => {
  const view = createView('«Ｉgn\u200bоre» 😀 ﬁne');
  const at = view.lower.indexOf('ignore');
  expect(view.original.slice(...view.toOriginal(at, at + 6))).toBe('Ｉgn\u200bоre');
  const fine = view.lower.indexOf('fine');
  expect(view.original.slice(...view.toOriginal(fine, fine + 4))).toBe('ﬁne');
});

it('folds both cases of a word alike, whatever the script', () => {
  for (const word of ['ВСЕ ИНСТРУКЦИИ', 'ΑΓΝΌΗΣΕ ΤΙΣ ΟΔΗΓΊΕΣ', 'ԱՆՏԵՍԵԼ', 'TALİMAT']) {
    const lower = createView(word).lower;
    expect(createView(word.toLowerCase()).lower).toBe(lower);
  }
});

it('keeps vowel signs that spell the word', () => {
  expect(createView('निर्देश').folded).toBe('निर्देश');
});

it('gives offsets that rise and stay within the text, and a lower case of the same length', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const view = createView(text);
      expect(view.lower.length).toBe(view.folded.length);
      expect(view.folded.length).toBeLessThanOrEqual(text.length * 4);
      let before = 0;
      for (let i = 0; i < view.folded.length; i++) {
        const [start, end] = view.toOriginal(i, i + 1);
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        before = start;
      }
      expect(view.toOriginal(0, view.folded.length)[1]).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 300 },
  );
});

it('folds a text cut anywhere but inside a pair as it folds the whole', () => {
  fc.assert(
    fc.property(anyText, fc.nat(), (text, seed) => {
      const cut = text.length === 0 ? 0 : seed % text.length;
      fc.pre(!(cut > 0 && /[\ud800-\udbff]/.test(text[cut - 1]!) && /[\udc00-\udfff]/.test(text[cut]!)));
      const joined = createView(text.slice(0, cut)).lower + createView(text.slice(cut)).lower;
      expect(joined).toBe(createView(text).lower);
    }),
    { numRuns: 300 },
  );
});

it('folds the original slice of a span back to the span', () => {
  fc.assert(
    fc.property(anyText, fc.nat(), (text, seed) => {
      const view = createView(text);
      fc.pre(view.folded.length > 0);
      const at = seed % view.folded.length;
      const [start, end] = view.toOriginal(at, at + 1);
      expect(foldText(text.slice(start, end)).folded).toContain(view.folded[at]!);
    }),
    { numRuns: 300 },
  );
});

it('folds long texts as it folds short ones', () => {
  const part = 'Ein „Satz“ – schön! ﬁne 😀 각 \u200b𝐢 ';
  const count = Math.ceil(40_000 / part.length);
  const folded = createView(part.repeat(count));
  const once = createView(part);
  expect(folded.lower).toBe(once.lower.repeat(count));
  const at = once.folded.length * (count - 1);
  expect(folded.toOriginal(at, at + 3)).toEqual([part.length * (count - 1), part.length * (count - 1) + 3]);
});

it('folds a pair as before, when half of it was seen alone', () => {
  expect(createView('\ud835').folded).toBe('\ud835');
  expect(createView('\ud835 \ud835\udfd1').folded).toBe('\ud835 3');
  expect(createView('\ud835\udfd1').folded).toBe('3');
});
