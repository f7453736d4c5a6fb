// Patterns of schemas: the same texts match, and none of them takes longer than a text may.
import { expect, it } from 'vitest';
import { PATTERN_TEXT_MOST, toBoundedPattern } from './schema-pattern.ts';

const compile = (source: string): RegExp => {
  const bounded = toBoundedPattern(source);
  if ('reason' in bounded) throw new Error(bounded.reason);
  return new RegExp(bounded.pattern);
};

const TEXTS = [
  ...[
    '',
    'a',
    'aa',
    'aaa',
    'aaaa',
    'ab',
    'abab',
    'b',
    'aab',
    'A1-b',
    'x{2}',
    '2026-11-28',
    '/srv/a',
    '/srv/../b',
    'a.b',
  ],
  ...['é', '[a]', '()', 'a|b', '{', 'aaaaaaaaaa', '12', '123', '1234'],
];

it.each([
  '^a{2,3}$',
  '^(?:a|b){2}$',
  '^(a{1,2}b)+$',
  'a{3,}',
  '^a{0,2}?b',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^[a-z{}]{1,3}$',
  '^x\\{2\\}$',
  '^(?<year>\\d{2}){1,2}$',
  '^[^/]+/?$',
  '[\\]a]{2}',
  '^(?!.*\\.\\.)/srv/',
  '(?:)',
  '{',
  'a||b',
  '^[a-zA-Z0-9_-]{1,256}$',
  '^[\\w-]{1,64}(?:\\.[\\w-]{1,64}){0,3}$',
  '^(?=.*[a-z])(?=.*\\d).{1,80}$',
])('%s matches what it did', (source) => {
  const before = new RegExp(source);
  const after = compile(source);
  for (const text of TEXTS) expect(after.test(text), text).toBe(before.test(text));
});

it.each([
  '(a+)+$',
  '^(?:[a-z]{1,8}){1,8}$',
  '(\\w+\\s?)*$',
  '(a|aa)+$',
  '(.*)*x',
  '^(?!.*b)[^!]*$',
  '^.{0,99}.{0,99}.{0,99}.{0,90}$',
  '^(?:a|a|a|a){1,13}$',
])('%s takes a bounded time', (source) => {
  const pattern = compile(source);
  const started = performance.now();
  pattern.test(`${'a'.repeat(PATTERN_TEXT_MOST - 1)}!`);
  expect(performance.now() - started).toBeLessThan(3000);
});

it.each([
  '(a)\\1',
  '(?<x>a)\\k<x>',
  '(?=(a+)+$)a',
  '(?!a*b*c*d)x',
  '(?:a{1,100}){1,100}',
  '(',
  'a{3,2}',
  'x'.repeat(3000),
])('%.30s is not taken', (source) => {
  expect(toBoundedPattern(source)).toHaveProperty('reason');
});
