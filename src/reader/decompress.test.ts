// The decoders against fixed streams of the tools that made them, and against those tools where the machine has them.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBzip2 } from './bzip2.ts';
import { decodeDeflate, decodeGzip, decodeZlib } from './inflate.ts';
import { decodeLz4 } from './lz4.ts';
import { type ByteReader, decodeLzmaAlone } from './lzma.ts';
import { decodeXz } from './xz.ts';

const reader = (bytes: Uint8Array): ByteReader => {
  let at = 0;
  return { next: () => (at < bytes.length ? bytes[at++]! : -1) };
};

type Decode = (input: ByteReader) => Generator<Uint8Array, number | void>;
const text = (decode: Decode, bytes: Uint8Array): string => Buffer.concat([...decode(reader(bytes))]).toString();

/** `hello hello hello hello\n`, by each tool. */
const FIXTURES: readonly (readonly [name: string, decode: Decode, packed: Buffer])[] = [
  [
    'xz',
    decodeXz,
    Buffer.from(
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAXAAxdADQZSe6N6VYKwSGwAABsFO0bO2i7kQABKBjXg7duH7bzfQEAAAAABFla',
      'base64',
    ),
  ],
  ['lzma', decodeLzmaAlone, Buffer.from('XQAAgAD//////////wA0GUnujelWCsG2ILf//7o0AAA=', 'base64')],
  ['bzip2', decodeBzip2, Buffer.from('QlpoOTFBWSZTWW9PEPMAAAXRAAAQQAACRKAAMMACqDRxDa2HDxdyRThQkG9PEPM=', 'base64')],
  ['gzip', decodeGzip, gzipSync('hello hello hello hello\n')],
  ['zlib', decodeZlib, deflateSync('hello hello hello hello\n')],
  ['deflate', decodeDeflate, deflateRawSync('hello hello hello hello\n')],
  ['lz4', decodeLz4, Buffer.from('BCJNGGRApw8AAABpaGVsbG8gBgBQZWxsbwoAAAAA4v8DQg==', 'base64')],
];
const TOOLS: readonly (readonly [name: string, args: readonly string[], decode: Decode])[] = [
  ['xz', ['-c', '--format=xz'], decodeXz],
  ['xz', ['-c', '--format=xz', '-9e', '--lzma2=lc=1,lp=2,pb=1'], decodeXz],
  ['xz', ['-c', '--format=xz', '--x86', '--delta=dist=3', '--lzma2'], decodeXz],
  ['xz', ['-c', '--format=xz', '--arm64', '--lzma2'], decodeXz],
  ['xz', ['-c', '--format=lzma'], decodeLzmaAlone],
  ['bzip2', ['-c', '-1'], decodeBzip2],
  ['lz4', ['-c', '-q', '-BD', '-B4'], decodeLz4],
];

function isThere(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const TEXTS = [
  Buffer.alloc(0),
  Buffer.from('a'),
  Buffer.from('aaaa'.repeat(70)),
  Buffer.alloc(500_000),
  randomBytes(100_000),
  Buffer.from('The quick brown fox. '.repeat(20_000)),
];

/** All of a stream, and how many bytes behind it were taken. */
function drain(decode: Decode, packed: Uint8Array): { readonly plain: Buffer; readonly surplus: number } {
  const pieces: Uint8Array[] = [];
  const stream = decode(reader(packed));
  for (;;) {
    const { done, value } = stream.next();
    if (done === true) return { plain: Buffer.concat(pieces), surplus: value ?? 0 };
    pieces.push(value);
  }
}

it('undoes deflate of every level and strategy, and ends where it ends', () => {
  for (const plain of TEXTS) {
    for (const level of [0, 1, 9]) {
      for (const strategy of [0, 4]) {
        const packed = gzipSync(plain, { level, strategy });
        const behind = Buffer.from('what lies behind');
        const { plain: undone, surplus } = drain(decodeGzip, Buffer.concat([packed, behind]));
        expect(undone.equals(plain)).toBe(true);
        expect(surplus).toBeLessThanOrEqual(2);
      }
    }
  }
});

describe.each(TOOLS)('%s %s', (name, args, decode) => {
  it.skipIf(!isThere(name))('is undone', () => {
    for (const plain of TEXTS) {
      const packed = execFileSync(name, args, { input: plain, stdio: ['pipe', 'pipe', 'ignore'] });
      expect(Buffer.concat([...decode(reader(packed))]).equals(plain)).toBe(true);
    }
  });
});

it.each(FIXTURES)('undoes a fixed stream of %s, and says where a changed one is broken', (_, decode, packed) => {
  expect(text(decode, packed)).toBe('hello hello hello hello\n');
  expect(() => text(decode, packed.subarray(0, packed.length >> 1))).toThrow();
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(packed);
      changed[at] = byte;
      let length = 0;
      try {
        for (const piece of decode(reader(changed))) if ((length += piece.length) > 1 << 22) break;
      } catch (thrown) {
        expect((thrown as Error).name).toMatch(/Fault$/);
      }
    }),
    { numRuns: 300 },
  );
});
