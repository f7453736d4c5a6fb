// Words are tinted where they stand, by their weight, and nothing of the text is lost.
import { expect, it } from 'vitest';
import type { Explanation } from '../contract.ts';
import { tintWords, weightedWords } from './tint-words.ts';

const explain = (...reasons: Explanation['reasons'][number][]): Explanation => ({
  start: 0,
  end: 100,
  score: 0.9,
  rule: 'injection.learned',
  reasons,
});
const word = (weight: number, ...starts: number[]): Explanation['reasons'][number] => ({
  kind: 'word',
  what: 'abc',
  weight,
  places: starts.map((start) => ({ start, end: start + 3 })),
});

it('takes the words alone, each place once, with its heaviest weight', () => {
  const concept = { kind: 'concept', what: 'override', weight: 9, places: [{ start: 1, end: 2 }] } as const;
  const words = weightedWords([explain(word(1, 8, 0), concept), explain(word(-3, 8), word(0, 20))]);
  expect(words).toEqual([
    { start: 0, end: 3, weight: 1 },
    { start: 8, end: 11, weight: -3 },
  ]);
});

it('cuts a stretch at its words, also where one begins before it or ends behind it', () => {
  const text = 'abc def ghi jkl';
  const words = [
    { start: 0, end: 3, weight: 4 },
    { start: 4, end: 7, weight: -1 },
    { start: 12, end: 15, weight: 2 },
  ];
  expect(tintWords(text.slice(1, 13), 1, words, 4)).toEqual([
    { text: 'bc', level: 4, weight: 4 },
    { text: ' ', level: 0, weight: 0 },
    { text: 'def', level: -1, weight: -1 },
    { text: ' ghi ', level: 0, weight: 0 },
    { text: 'j', level: 2, weight: 2 },
  ]);
  expect(tintWords('plain', 50, words, 4)).toEqual([{ text: 'plain', level: 0, weight: 0 }]);
});
