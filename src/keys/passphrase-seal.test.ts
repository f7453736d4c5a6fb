// What is sealed under a passphrase comes out as it went in, or not at all.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSealed, openSealedStream, sealStream } from './index.ts';

/** The least cost that opening accepts: the tests are about the form. */
const CHEAP = { log2N: 14, r: 8, p: 1 };
const PASSPHRASE = 'correct horse battery';
const CHUNK = 65_536 + 16;
const HEADER = 43;

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const bytes of stream) all.push(bytes);
  return Buffer.concat(all);
}

const seal = (bytes: Buffer, size = 7919): Promise<Buffer> =>
  collect(sealStream(PASSPHRASE, pieces(bytes, size), CHEAP));
const unseal = (bytes: Buffer, size = 4099, passphrase = PASSPHRASE): Promise<Buffer> =>
  collect(openSealedStream(passphrase, pieces(bytes, size)));
const text = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255));

it('comes out as it went in, at any length and in pieces of any size', async () => {
  const lengths = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lengths), fc.integer({ min: 1, max: 90_000 }), async (length, size) => {
      const plain = text(length);
      const sealed = await seal(plain, size);
      expect(isSealed(sealed)).toBe(true);
      expect((await unseal(sealed, 90_001 - size)).equals(plain)).toBe(true);
    }),
    { numRuns: 12, examples: lengths.map((length) => [length, 1000] as [number, number]) },
  );
});

it('shows nothing of what is in it, and never twice the same', async () => {
  const sealed = await seal(Buffer.from('attack at dawn '.repeat(100)));
  expect(sealed.includes('dawn')).toBe(false);
  expect(sealed.equals(await seal(Buffer.from('attack at dawn '.repeat(100))))).toBe(false);
});

it('does not open once a byte is changed, anywhere', async () => {
  const sealed = await seal(text(70_000));
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(sealed);
      changed[at]! ^= flip;
      await expect(unseal(changed)).rejects.toMatchObject({ code: 'request_invalid' });
    }),
    { numRuns: 25, examples: Array.from({ length: 20 }, (_, i) => [i, 1] as [number, number]) },
  );
});

it('does not open where chunks were cut off, moved, left out, doubled, or others joined to it', async () => {
  const plain = text(65_536 * 3 + 10);
  const sealed = await seal(plain);
  const chunk = (i: number): Buffer => sealed.subarray(HEADER + i * CHUNK, HEADER + (i + 1) * CHUNK);
  const header = sealed.subarray(0, HEADER);
  const [a, b, c, last] = [chunk(0), chunk(1), chunk(2), chunk(3)];
  expect((await unseal(Buffer.concat([header, a, b, c, last]))).equals(plain)).toBe(true);
  const other = await seal(plain);
  const bad = [
    [header, a, b, c],
    [header, a, b],
    [header],
    [header, b, a, c, last],
    [header, a, c, last],
    [header, a, a, b, c, last],
    [header, a, b, c, last, last],
    [header, a, b, c, last, Buffer.from('x')],
    [header, last],
    [header, a, b, c, other.subarray(HEADER + 3 * CHUNK)],
    [other.subarray(0, HEADER), a, b, c, last],
    [header.subarray(0, 20)],
    [],
  ];
  for (const parts of bad)
    await expect(collect(openSealedStream(PASSPHRASE, pieces(Buffer.concat(parts), 9999)))).rejects.toThrow();
});

it('says which of its two users is wrong: the passphrase, or what asks too much', async () => {
  const sealed = await seal(text(10));
  await expect(unseal(sealed, 100, 'wrong horse battery')).rejects.toMatchObject({
    code: 'request_invalid',
    message: expect.stringContaining('passphrase'),
  });
  await expect(collect(sealStream('short', pieces(text(1), 1)))).rejects.toMatchObject({ code: 'usage' });
  // A header that asks for 16 GB of memory is not obeyed.
  const greedy = Buffer.from(sealed);
  greedy[16] = 24;
  await expect(unseal(greedy)).rejects.toMatchObject({ message: expect.stringContaining('header') });
});
