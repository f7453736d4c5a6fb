// The partial pattern against its meaning: where it does not match, no continuation changes what the pattern finds.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toPartialPattern } from './partial.ts';

const isOpen = (source: string, text: string): boolean => new RegExp(toPartialPattern(source), 'y').test(text);

it.each([
  ['abc', '', true],
  ['abc', 'ab', true],
  ['abc', 'abc', false],
  ['abc', 'abd', false],
  ['abc(?!d)', 'abc', true],
  ['abc(?!d)', 'abcx', false],
  ['a{2,4}', 'aa', true],
  ['a{2,4}', 'aaaa', false],
  ['a{2}b?', 'aa', true],
  ['a|bcd', 'bc', true],
  ['a|bcd', 'a', false],
  ['(a|b)\\1c', 'aa', true],
  ['(?<=x)a', 'xa', false],
  ['ab\\b', 'ab', true],
  ['a(?=b{3})b', 'abb', true],
  ['(?<name>[a-c]{1,2})-\\k<name>', 'ab-a', true],
  ['[^\\]]x', ']', false],
])('%s on %j: %s', (source, text, open) => {
  expect(isOpen(source, text)).toBe(open);
});

it.each(['a(b', 'a)b'])('refuses %s', (source) => {
  expect(() => toPartialPattern(source)).toThrow(SyntaxError);
});

const atom = fc.constantFrom(
  'a',
  'b',
  'c',
  '[ab]',
  '[^a]',
  '\\w',
  '.',
  'ab',
  '(?!a)',
  '(?=b)',
  '(?<!a)',
  '(?<=b)',
  '\\b',
  '$',
);
const quantifier = fc.constantFrom('', '', '', '?', '{0,2}', '{1,3}', '{2}', '*', '+', '{0,3}?');
const source = fc.letrec<{ item: string; source: string }>((tie) => ({
  item: fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(atom, quantifier)
        .map(([a, q]) =>
          /^\(\?|b$|\$/.test(a) && a.length > 1
            ? a
            : a === '$'
              ? a
              : a.length > 1 && a[0] !== '[' && a[0] !== '\\'
                ? `(?:${a})${q}`
                : a + q,
        ),
    },
    { weight: 2, arbitrary: fc.tuple(tie('source'), quantifier).map(([s, q]) => `(?:${s})${q}`) },
    { weight: 1, arbitrary: tie('source').map((s) => `(?!${s})`) },
    { weight: 1, arbitrary: tie('source').map((s) => `(?=${s})`) },
  ),
  source: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.array(tie('item'), { minLength: 1, maxLength: 3 }).map((items) => items.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('source'), tie('source')).map(([left, right]) => `${left}|${right}`) },
  ),
})).source;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });

it('does not match only where later text changes nothing, for patterns of any build', () => {
  let settled = 0;
  fc.assert(
    fc.property(source, text, text, (pattern, before, after) => {
      if (isOpen(pattern, before)) return;
      settled++;
      const find = (whole: string): string | undefined => new RegExp(pattern, 'y').exec(whole)?.[0];
      expect(find(before + after)).toBe(find(before));
    }),
    { numRuns: 4000 },
  );
  expect(settled).toBeGreaterThan(300);
});
