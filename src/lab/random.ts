// Chance that can be had again: every run of the lab is the same by its seed, whatever was run before it or taken up again.
import { createHash } from 'node:crypto';

/**
 * Uniform in [0, 1), 32 bits each, by xoshiro128** (Blackman and Vigna 2018). The same words give the same numbers; different
 * words give streams that have nothing to do with each other.
 */
export function createRandom(...words: readonly (string | number)[]): () => number {
  const digest = createHash('sha256').update(words.join('\0')).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  return () => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return (result >>> 0) / 2 ** 32;
  };
}
