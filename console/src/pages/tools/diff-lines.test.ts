import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffLines } from './diff-lines.ts';

it('says what went and what came, in place', () => {
  expect(diffLines('a\nb\nc', 'a\nx\nc')).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'removed', text: 'b' },
    { kind: 'added', text: 'x' },
    { kind: 'same', text: 'c' },
  ]);
  expect(diffLines('', 'a')).toEqual([{ kind: 'added', text: 'a' }]);
});

it('gives both texts back, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '{', '}'), { maxLength: 30 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after);
      const side = (left: string): string =>
        lines.flatMap(({ kind, text: line }) => (kind === 'same' || kind === left ? [line] : [])).join('\n');
      expect(side('removed')).toBe(before);
      expect(side('added')).toBe(after);
    }),
  );
});
