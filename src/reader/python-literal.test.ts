import { expect, test } from 'vitest';
import fc from 'fast-check';
import { parsePythonLiteral } from './python-literal.ts';

test('literals are read, and nothing else is', () => {
  expect(parsePythonLiteral("{'a': (1, -2.5, 3L), 'b': [True, None, 'it\\'s'], }")).toEqual(
    new Map<string, unknown>([
      ['a', [1, -2.5, 3]],
      ['b', [true, null, "it's"]],
    ]),
  );
  expect(parsePythonLiteral('(1)')).toBe(1);
  expect(parsePythonLiteral('(1,)')).toEqual([1]);
  expect(parsePythonLiteral('()')).toEqual([]);
  for (const text of [
    '',
    '(1 2)',
    '(,)',
    '1 2',
    '__import__("os")',
    '{1: }',
    '[1',
    '1 + 1',
    "'a",
    `${'('.repeat(100)}1${')'.repeat(100)}`,
  ]) {
    expect(parsePythonLiteral(text)).toBeUndefined();
  }
});

test('no text throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...`()[]{},:" \\1aTN.-`, String.fromCharCode(39)) }),
      (text) => void parsePythonLiteral(text),
    ),
  );
});
