// However a stream is cut into chunks its lines are the same, and none of them is longer than allowed.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readInputLines } from './lines.ts';

async function linesOf(chunks: readonly string[], maxBytes = 100): Promise<(string | number)[]> {
  async function* feed(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk, 'utf8'));
  }
  const lines: (string | number)[] = [];
  for await (const { number, bytes, tooLong } of readInputLines(feed(), maxBytes)) {
    lines.push(tooLong ? number : Buffer.from(bytes).toString('utf8'));
  }
  return lines;
}

it('ends lines at line feeds alone', async () => {
  expect(await linesOf(['a\r\nb\u2028c\n\nd\re'])).toEqual(['a', 'b\u2028c', '', 'd\re']);
  expect(await linesOf(['\ufeffa\n\ufeffb\n'])).toEqual(['a', '\ufeffb']);
  expect(await linesOf([])).toEqual([]);
});

it('tells a line that is too long by its number, and goes on', async () => {
  expect(await linesOf(['abc', 'def\nx\n', 'abcdefg'], 5)).toEqual([1, 'x', 3]);
  expect(await linesOf(['abcde\n'], 5)).toEqual(['abcde']);
});

it('reads the same lines however they come', async () => {
  const chunks = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n', ' ') }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(chunks, async (parts) => {
      expect(await linesOf(parts)).toEqual(await linesOf([parts.join('')]));
    }),
  );
});
