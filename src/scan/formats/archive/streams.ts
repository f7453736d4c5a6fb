// Compressed streams: looked at as what they become, and what lies behind them.
import type { Format, Look, Probe } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';
import { lookBehind } from './behind.ts';
import { type Unpack, begins, gunzip, unbzip2, unlz4, unlzma, unxz, unzlib, unzstd } from './unpack.ts';

/** A stream that grows so many times, and to so much, is made to fill memory. */
const BOMB_RATIO = 200;
const BOMB_BYTES = 32 << 20;
/** Packed bytes up to which a stream is unpacked to its end, whoever has looked at it, to see what lies behind. */
const TO_THE_END = 4 << 20;

const ENDINGS = /\.(gz|z|zlib|zst|zstd|bz2|xz|lzma|lz4|tgz|txz|tbz2)$/;

function lookInto(id: string, source: Source, look: Look, unpack: Unpack): string {
  const stream = unpack(source, look.budget);
  const inner = look.member(look.name.replace(ENDINGS, '') || look.name, stream);
  // A small stream is unpacked until it has become huge; a large one meets the bounds of the work.
  if (source.size < TO_THE_END) stream.reaches(Math.max(BOMB_BYTES, BOMB_RATIO * source.size));
  const { seen, end } = stream;
  if (seen > BOMB_BYTES && seen > BOMB_RATIO * source.size) {
    look.report('archive.bomb', {
      message: `${source.size} bytes become more than ${seen >> 20} MB`,
      capability: 'exhaust',
    });
  }
  if (end !== undefined) lookBehind(source, end, `${id} stream`, look);
  return inner === 'unknown' ? id : `${inner}.${id}`;
}

function defineStream(id: string, matches: (probe: Probe) => boolean, unpack: Unpack): Format {
  return {
    id,
    match: (probe) => (matches(probe) ? 'sure' : false),
    scan: (source, look) => lookInto(id, source, look, unpack),
  };
}

export const GZIP = defineStream('gzip', ({ head }) => begins(head, 0x1f, 0x8b, 8), gunzip);
export const ZLIB = defineStream(
  'zlib',
  // Window of 32 KB or less, the check of the two bytes, and a first block of a kind that there is.
  ({ head }) =>
    head.length > 6 &&
    (head[0]! & 0x8f) === 8 &&
    ((head[0]! << 8) | head[1]!) % 31 === 0 &&
    (head[1]! & 0x20) === 0 &&
    (head[2]! & 6) !== 6 &&
    head[0] === 0x78,
  unzlib,
);
export const ZSTD = defineStream('zstd', ({ head }) => begins(head, 0x28, 0xb5, 0x2f, 0xfd), unzstd);
export const BZIP2 = defineStream('bzip2', ({ text }) => /^BZh[1-9](1AY&SY|\x17rE8P\x90)/.test(text), unbzip2);
export const XZ = defineStream('xz', ({ head }) => begins(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), unxz);
export const LZ4 = defineStream('lz4', ({ head }) => begins(head, 0x04, 0x22, 0x4d, 0x18), unlz4);
/** No magic number: properties as every writer has them, a dictionary of a round size, a first byte that is zero. */
export const LZMA = defineStream(
  'lzma',
  ({ head }) =>
    head.length > 18 &&
    head[0] === 0x5d &&
    head[1] === 0 &&
    head[2] === 0 &&
    head[13] === 0 &&
    (head.subarray(5, 13).every((byte) => byte === 0xff) || (head[10] === 0 && head[11] === 0 && head[12] === 0)),
  unlzma,
);

/** What the first versions of joblib wrote: a sign, the length as text, a stream of zlib. */
export const ZFILE: Format = {
  id: 'zfile',
  match: ({ text }) => (/^ZF0x[0-9a-f]{1,17}L? *x/.test(text) ? 'sure' : false),
  scan(source, look) {
    const start = Buffer.from(source.read(0, 64)).indexOf('x', 4);
    return lookInto('zfile', new SliceSource(source, start), look, unzlib);
  },
};
