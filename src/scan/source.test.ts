import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FileSource, passOver } from './file-source.ts';
import { MemorySource, SliceSource, type Source, findBytes } from './source.ts';
import { StreamSource, Unseekable, isSeekable } from './stream-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'ancile-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const path = join(folder, 'file');
writeFileSync(path, bytes);

const pieces = (whole: Uint8Array, size: number) => {
  let at = 0;
  return () => (at >= whole.length ? undefined : whole.subarray(at, (at += size)));
};

const sources: [string, () => Source][] = [
  ['memory', () => new MemorySource(bytes)],
  ['a file', () => new FileSource(path)],
  [
    'a slice',
    () =>
      new SliceSource(new MemorySource(Buffer.concat([Buffer.alloc(10), bytes, Buffer.alloc(10)])), 10, bytes.length),
  ],
  ['a stream', () => new StreamSource(pieces(bytes, 777))],
];

describe.each(sources)('%s', (_, make) => {
  it('gives the bytes of any stretch, and fewer at the end', () => {
    const source = make();
    fc.assert(
      fc.property(fc.nat(310_000), fc.nat(100_000), (offset, length) => {
        expect(Buffer.compare(source.read(offset, length), bytes.subarray(offset, offset + length))).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(source.size).toBe(bytes.length);
  });

  it('is passed over from its beginning to its end', () => {
    const blocks: Buffer[] = [];
    expect(passOver(make(), (block) => blocks.push(Buffer.from(block)))).toBe(bytes.length);
    expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
  });

  it('keeps what it gave as it was', () => {
    const source = make();
    const first = source.read(0, 1000);
    for (let at = 0; at < bytes.length; at += 50_000) source.read(at, 50_000);
    expect(Buffer.compare(first, bytes.subarray(0, 1000))).toBe(0);
  });
});

it('hashes a file whatever was read of it before', () => {
  const digest = createHash('sha256').update(bytes).digest('hex');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(310_000), fc.nat(200_000), fc.nat(2)), { maxLength: 8 }), (reads) => {
      const source = new FileSource(path);
      for (const [offset, length, how] of reads) {
        if (how === 0) source.read(offset, length);
        else passOver(new SliceSource(source, offset, length), () => undefined, how === 1);
      }
      expect(source.digest()).toBe(digest);
      source.close();
    }),
    { numRuns: 40 },
  );
});

it('opens regular files only', () => {
  expect(() => new FileSource(folder)).toThrow('no regular file');
  expect(() => new FileSource('/dev/zero')).toThrow('no regular file');
  expect(() => new FileSource(join(folder, 'absent'))).toThrow('cannot be read');
  symlinkSync(path, join(folder, 'link'));
  expect(new FileSource(join(folder, 'link')).size).toBe(bytes.length);
});

it('lets the beginning of a long stream go, and says so', () => {
  const piece = new Uint8Array(1 << 20).fill(7);
  let count = 64;
  const source = new StreamSource(() => (count-- > 0 ? piece : undefined));
  expect(source.read(0, 4)).toHaveLength(4);
  expect(source.reaches(60 << 20)).toBe(true);
  expect(() => source.read(0, 4)).toThrow(Unseekable);
  expect(source.read(60 << 20, 4)).toHaveLength(4);
  expect(source.size).toBe(64 << 20);
});

it('tells a long stream from a short one before any of it has gone by', () => {
  const piece = new Uint8Array(1 << 20);
  for (const [length, short] of [
    [32, true],
    [33, false],
    [1000, false],
  ] as const) {
    let count = 0;
    const source = new StreamSource(() => (count++ < length ? piece : undefined));
    expect(isSeekable(source)).toBe(short);
    expect(count).toBe(33);
    expect(source.read(0, 4)).toHaveLength(4);
    expect(source.size).toBe(length << 20);
  }
});

it('ends a broken stream where it broke, and keeps the fault', () => {
  const next = pieces(bytes.subarray(0, 100), 100);
  const source = new StreamSource(() => {
    const piece = next();
    if (piece === undefined) throw new Error('broken');
    return piece;
  });
  expect(source.read(50, 100)).toHaveLength(50);
  expect(source.size).toBe(100);
  expect(String(source.fault)).toContain('broken');
});

it('finds a byte string across blocks', () => {
  const whole = Buffer.alloc(600_000);
  whole.write('needle', (1 << 18) - 3);
  expect(findBytes(new MemorySource(whole), Buffer.from('needle'))).toBe((1 << 18) - 3);
  expect(findBytes(new MemorySource(whole), Buffer.from('needle'), (1 << 18) - 2)).toBe(-1);
  expect(findBytes(new MemorySource(whole), Buffer.from('needle'), 0, 1 << 18)).toBe(-1);
});
