// Pieces of any size come out as they went in, and are few.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gathered } from './index.ts';

describe('gathered bytes', () => {
  it('are the pieces in their order, however they are cut', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 9000, size: 'max' }), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, (given) => {
        const gathered = new Gathered();
        for (const piece of given) gathered.add(piece);
        expect(Buffer.from(gathered.take()).equals(Buffer.concat(given))).toBe(true);
        expect(gathered.size).toBe(given.reduce((sum, piece) => sum + piece.length, 0));
        // Taken is not gone: more may come.
        gathered.add(Uint8Array.of(7));
        expect(gathered.take().at(-1)).toBe(7);
      }),
      { numRuns: 60 },
    );
  });

  it('are kept as few pieces, also where they come a byte at a time', () => {
    const gathered = new Gathered();
    for (let i = 0; i < 500_000; i++) gathered.add(Uint8Array.of(i & 255));
    expect(gathered.pieces).toBeLessThan(150);
    const all = gathered.take();
    expect(all.length).toBe(500_000);
    expect(all.every((byte, i) => byte === (i & 255))).toBe(true);
    gathered.clear();
    expect(gathered.size).toBe(0);
  });
});
