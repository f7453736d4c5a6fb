// Hostile streams and 7z archives: empty frames and blocks without end, windows for a byte each, members that break off.
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { u16, u32, u64 } from '../../../src/scan/testing/configs.ts';
import { members, pressed } from './archives.ts';
import { type Part, SIZE, type Shape, chain, fill, noise, shape, whole } from './shape.ts';

const MB = 1 << 20;
const GZIP = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** Four empty blocks of fixed codes, ten bits each: `0 10 0000000`, the lowest bit first. */
const FIXED = Buffer.from([0x02, 0x08, 0x20, 0x80, 0x00]);
const flushed = (bytes: Uint8Array): Buffer => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH });

const FRAME = [0x28, 0xb5, 0x2f, 0xfd];
const LZ4 = [0x04, 0x22, 0x4d, 0x18];
const XZ = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0, 0, 0, 0, 0];
/** A block of xz that is empty: LZMA2 ends with its first byte. */
const XZ_BLOCK = [2, 0, 0x21, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** A number of a 7z header of more than 28 bits. */
const long = (value: number): Buffer => Buffer.concat([Buffer.from([0xff]), u64(value)]);
/** A 7z archive of a header that is not packed. */
function sevenZip(header: Buffer, before: Part = ''): Part {
  const packed = whole(before);
  const start = Buffer.concat([u64(packed.length), u64(header.length), u32(crc32(header))]);
  return chain(Buffer.from("7z\xbc\xaf'\x1c\0\x04", 'latin1'), u32(crc32(start)), start, packed, header);
}
/** A step of the work is counted for each byte of it. */
const MOST_HEADER = 7 * MB;
const header = (...parts: readonly Part[]): Buffer => whole(chain(...parts)).subarray(0, MOST_HEADER);

/** Members whose content is a stream of a few bytes. */
const small = (what: string, method: number, data: Buffer): Shape =>
  shape(`zip, 100,000 members of ${what}`, 'small.zip', () => members(100_000, method, data, 4000));

export const STREAMS: readonly Shape[] = [
  shape('gzip, empty stored blocks', 'a.gz', () => chain(GZIP, fill(Buffer.from([0, 0, 0, 255, 255])))),
  shape('gzip, empty blocks of fixed codes', 'a.gz', () => chain(GZIP, fill(FIXED))),
  shape('gzip, blocks of a byte', 'a.gz', () => chain(GZIP, fill(flushed(Buffer.from('a'))))),
  shape('gzip, a name of 100 MB', 'a.gz', () => chain(Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), fill('a'))),
  shape('zstd, blocks of a byte and a window of 64 MB', 'a.zst', () =>
    chain(Buffer.from([...FRAME, 0, 0x80]), fill(Buffer.from([8, 0, 0, 97]))),
  ),
  shape('zstd, frames of a byte and a window of 64 MB', 'a.zst', () =>
    fill(Buffer.from([...FRAME, 0, 0x80, 9, 0, 0, 97])),
  ),
  shape('zstd, a window of 2 GB', 'a.zst', () =>
    chain(Buffer.from([...FRAME, 0xa0]), u32(2_000_000_000), fill(Buffer.from([2, 0, 0x10, 0]))),
  ),
  shape('zstd, frames that are skipped', 'a.zst', () => fill(Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]))),
  shape('xz, empty blocks', 'a.xz', () => chain(Buffer.from(XZ), fill(Buffer.from(XZ_BLOCK)))),
  shape('xz, an index without end', 'a.xz', () =>
    chain(Buffer.from([...XZ, 0, 255, 255, 255, 255, 255, 255, 127]), fill(Buffer.from([1]))),
  ),
  shape('xz, chunks that begin anew', 'a.xz', () =>
    chain(
      Buffer.from(XZ),
      Buffer.from(XZ_BLOCK.slice(0, 12)),
      fill(Buffer.from([1, 0, 0, 97, 0xe0, 0, 0, 0, 4, 0x5d, 0, 0, 0, 0, 0])),
    ),
  ),
  shape('lz4, blocks of a byte', 'a.lz4', () =>
    chain(Buffer.from([...LZ4, 0x40, 0x70, 0]), fill(Buffer.concat([u32(0x80000001), Buffer.from('a')]))),
  ),
  shape('bzip2, streams of a byte', 'a.bz2', () => fill(pressed('bzip2', Buffer.from('a')))),
  shape('xz, streams of a byte', 'a.xz', () => fill(pressed('xz', Buffer.from('a')))),
  shape('lzma, a byte and three million probabilities', 'a.lzma', () => {
    const packed = pressed('lzma', Buffer.from('a'));
    packed[0] = 4 * 9 + 8;
    return packed;
  }),
  small('nothing that breaks off', 8, Buffer.from([4])),
  small('zlib that breaks off', 8, deflateRawSync(noise(500)).subarray(0, 400)),
  small('Deflate64', 9, deflateRawSync(Buffer.from('a'))),
  small('LZMA with three million probabilities', 14, Buffer.from([9, 20, 5, 0, 44, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0])),
  small('zstd', 93, Buffer.from([...FRAME, 0, 0x80, 9, 0, 0, 97])),
  small('gzip', 0, Buffer.concat([GZIP, deflateRawSync(Buffer.from('a')), Buffer.alloc(8)])),
  shape('zip, 100,000 members of bzip2', 'small.zip', () => members(100_000, 12, pressed('bzip2', noise(50)), 50)),
  shape('zip, 100,000 members of xz', 'small.zip', () => members(100_000, 95, pressed('xz', noise(50)), 50)),
  shape('zip, 100,000 programs', 'small.zip', () =>
    members(100_000, 0, Buffer.concat([Buffer.from('\x7fELF'), noise(800)]), 804),
  ),
  shape('zip, 100,000 texts', 'small.zip', () => members(100_000, 0, Buffer.alloc(900, 'some words '), 900)),
  shape('7z, lists of files without end', 'a.7z', () =>
    sevenZip(
      header(Buffer.from([1]), fill(Buffer.concat([Buffer.from([5]), long(1 << 20), Buffer.from([0])]), MOST_HEADER)),
    ),
  ),
  shape('7z, which files are empty, over and over', 'a.7z', () => {
    const bits = Buffer.concat([Buffer.from([14]), long(MB / 8), Buffer.alloc(MB / 8, 0x55)]);
    return sevenZip(header(Buffer.from([1, 5]), long(MB), fill(bits, MOST_HEADER)));
  }),
  shape('7z, 10^6 files without a name', 'a.7z', () =>
    sevenZip(header(Buffer.from([1, 5]), long(1_000_000), Buffer.from([0, 0]))),
  ),
  shape('7z, 500,000 files with names', 'a.7z', () => {
    const names = Buffer.from('../a\0'.repeat(500_000), 'utf16le');
    return sevenZip(
      header(Buffer.from([1, 5]), long(500_000), Buffer.from([17]), long(names.length + 1), '\0', names, '\0\0'),
    );
  }),
  shape('7z, a million parts of a stored folder', 'a.7z', () => {
    const count = 1_000_000;
    return sevenZip(
      header(
        Buffer.from([1, 4, 6, 0, 1, 9]),
        long(count),
        Buffer.from([0, 7, 11, 1, 0, 1, 1, 0, 12]),
        long(count),
        Buffer.from([0, 8, 13]),
        long(count),
        Buffer.from([9]),
        Buffer.alloc(count - 1, 1),
        Buffer.from([0, 0, 5]),
        long(count),
        Buffer.from([0, 0]),
      ),
      Buffer.alloc(count, 'N.'),
    );
  }),
  shape('7z, 100 MB of noise', 'a.7z', () => chain("7z\xbc\xaf'\x1c", u16(4), fill(noise(MB), SIZE))),
];
