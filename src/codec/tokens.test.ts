import fc from 'fast-check';
import { expect, it } from 'vitest';
import { estimateTokens } from './tokens.ts';

it('takes four bytes for a token, whatever the script', () => {
  expect(estimateTokens('')).toBe(0);
  expect(estimateTokens('a b c d e f g h i j')).toBe(5);
  expect(estimateTokens('x'.repeat(400))).toBe(100);
  expect(estimateTokens('\u6f22\u5b57'.repeat(100))).toBe(150);
});

it('counts the bytes that an encoder makes, and never shrinks as a text grows', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, more) => {
      expect(estimateTokens(text)).toBeGreaterThanOrEqual(Math.ceil(new TextEncoder().encode(text).length / 4));
      expect(estimateTokens(text + more)).toBeGreaterThanOrEqual(estimateTokens(text));
    }),
  );
});
