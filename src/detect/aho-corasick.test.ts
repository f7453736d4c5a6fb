// The automaton against the obvious search.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AhoCorasick } from './aho-corasick.ts';

function naive(patterns: readonly string[], text: string): string[] {
  const hits: string[] = [];
  patterns.forEach((pattern, index) => {
    for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1)) {
      hits.push(`${index}@${at + pattern.length}`);
    }
  });
  return hits.sort();
}

function found(patterns: readonly string[], text: string): string[] {
  const hits: string[] = [];
  new AhoCorasick(patterns).scan(text, (pattern, end) => void hits.push(`${pattern}@${end}`));
  return hits.sort();
}

it('finds overlapping words, words within words and words given twice', () => {
  const words = ['she', 'he', 'hers', 'his', 'he'];
  expect(found(words, 'ushers')).toEqual(naive(words, 'ushers'));
  expect(found(words, 'ushers')).toEqual(['0@4', '1@4', '2@6', '4@4']);
});

it('agrees with the obvious search on any words and text of a small alphabet', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ф', '密', '무'), maxLength: 60 });
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'ф', '密', '무'), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), text, (words, searched) => {
      expect(found(words, searched)).toEqual(naive(words, searched));
    }),
    { numRuns: 300 },
  );
});

it('agrees on arbitrary units, lone surrogates among them', () => {
  const units = fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 3 }).map((list) => String.fromCharCode(...list));
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 30 }), (words) => {
      const searched = words.join('x') + words.join('');
      expect(found(words, searched)).toEqual(naive(words, searched));
    }),
  );
});

it('stops where the caller has seen enough, and refuses the empty word', () => {
  let calls = 0;
  new AhoCorasick(['a']).scan('aaaa', () => ++calls < 2);
  expect(calls).toBe(2);
  expect(() => new AhoCorasick(['a', ''])).toThrow(RangeError);
});
