// Hostile archives and compressed streams: bombs of each compression, nested ones, members over each other and without end.
import { spawnSync } from 'node:child_process';
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { u16, u32, u64 } from '../../../src/scan/testing/configs.ts';
import { writeZip } from '../../../src/scan/testing/zip.ts';
import { type Part, SIZE, type Shape, chain, each, fill, noise, shape, whole } from './shape.ts';

const MB = 1 << 20;
/** 16 MB of zeros, deflated so that it may be repeated. */
const flushed = (bytes: Buffer): Buffer => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
const zeros = (): Buffer => flushed(Buffer.alloc(16 * MB));
const END_OF_DEFLATE = Buffer.from([3, 0]);
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
const gzipped = (deflated: Part): Part => chain(GZIP_HEAD, deflated, END_OF_DEFLATE, Buffer.alloc(8));

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly crc?: number;
}
const fields = ({ name, method, packed, size, crc = 0 }: Entry): Buffer =>
  Buffer.concat([u16(20), u16(0), u16(method), u32(0), u32(crc), u32(packed), u32(size), u16(name.length), u16(0)]);
const local = (entry: Entry): Buffer =>
  Buffer.concat([Buffer.from('PK\x03\x04'), fields(entry), Buffer.from(entry.name)]);
const central = (entry: Entry, at: number): Buffer =>
  Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x03'),
    fields(entry),
    u16(0),
    u16(0),
    u16(0),
    u32(0),
    u32(at),
    Buffer.from(entry.name),
  ]);
const end = (count: number, at: number, size: number): Buffer =>
  Buffer.concat([
    Buffer.from('PK\x06\x06'),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(size),
    u64(at),
    Buffer.from('PK\x06\x07'),
    u32(0),
    u64(at + size),
    u32(1),
    Buffer.from('PK\x05\x06'),
    u16(0),
    u16(0),
    u16(count & 0xffff),
    u16(count & 0xffff),
    u32(size),
    u32(at),
    u16(0),
  ]);

/** Many members alike. @param order - in which the directory lists them */
function members(count: number, method: number, data: Buffer, size: number, order = (at: number): number => at): Part {
  const entry = (at: number): Entry => ({
    name: `m${String(at).padStart(7, '0')}`,
    method,
    packed: data.length,
    size,
    crc: crc32(data),
  });
  const each1 = local(entry(0)).length + data.length;
  return chain(
    each(count, (at) => Buffer.concat([local(entry(at)), data])),
    each(count, (at) => central(entry(order(at)), order(at) * each1)),
    end(count, count * each1, count * central(entry(0), 0).length),
  );
}

/** One member of any length. */
function one(name: string, method: number, packed: number, size: number, data: Part): Part {
  const entry = { name, method, packed, size };
  return chain(local(entry), data, central(entry, 0), end(1, local(entry).length + packed, central(entry, 0).length));
}

/** Members that quote the next one's header in a stored block, and share all that follows. */
function quoted(count: number, kernel: Buffer, size: number): Part {
  const entry = (at: number): Entry => ({
    name: `q${String(at).padStart(5, '0')}`,
    method: 8,
    packed: (count - 1 - at) * 41 + kernel.length,
    size: (count - 1 - at) * 36 + size,
  });
  return chain(
    each(count, (at) =>
      at === 0 ? local(entry(0)) : Buffer.concat([Buffer.from([0]), u16(36), u16(0xffff - 36), local(entry(at))]),
    ),
    kernel,
    each(count, (at) => central(entry(at), at * 41)),
    end(count, count * 41 - 5 + kernel.length, count * 52),
  );
}

function nested(levels: number, wrap: (inner: Buffer) => Buffer, first: Buffer): Buffer {
  let inner = first;
  for (let level = 0; level < levels; level++) inner = wrap(inner);
  return inner;
}

function tarHeader(name: string, size: number, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write(
    `0000644\x000000000\x000000000\x00${size.toString(8).padStart(11, '0')}\x0000000000000\x00        ${type}`,
    100,
  );
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return header;
}

/** A frame of zstd whose blocks each say one byte 128 KB times. */
const zstd = (blocks: Part): Part => chain(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]), blocks);
const RLE = Buffer.concat([u32((MB << 0) | 2).subarray(0, 3), Buffer.alloc(1)]);

/** A frame of LZ4 whose blocks of 4 MB are one long match. */
function lz4Block(): Buffer {
  const match = Math.floor((4 * MB - 24) / 255);
  const data = Buffer.concat([
    Buffer.from([0x1f, 0, 1, 0]),
    Buffer.alloc(match - 1, 255),
    Buffer.from([4, 0x50]),
    Buffer.alloc(5),
  ]);
  return Buffer.concat([u32(data.length), data]);
}
const LZ4_HEAD = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);

/** What a program of the system makes of bytes. @throws where it is not installed: the shape is passed over */
function pressed(tool: 'bzip2' | 'xz' | 'lzma', bytes: Buffer): Buffer {
  const { status, stdout } = spawnSync(tool, ['-c', '-9'], { input: bytes, maxBuffer: SIZE });
  if (status !== 0) throw new Error(`${tool} is not installed`);
  return stdout;
}

export const ARCHIVES: readonly Shape[] = [
  shape('zip, one member of 100 GB of zeros', 'model.zip', () => {
    const piece = zeros();
    const times = Math.floor(SIZE / piece.length);
    return one('data.pkl', 8, times * piece.length, 0xfffffff0, fill(piece));
  }),
  shape('zip, 42.zip: 16 in each, 6 deep', 'nested.zip', () =>
    nested(
      6,
      (inner) =>
        writeZip(Array.from({ length: 16 }, (_, at) => ({ name: `${at}.zip`, content: inner, deflated: true }))),
      writeZip([{ name: 'zeros', content: Buffer.alloc(64 * MB), deflated: true }]),
    ),
  ),
  shape('zip, a line of 1000 within each other', 'line.zip', () =>
    nested(1000, (inner) => writeZip([{ name: 'a.zip', content: inner }]), writeZip([{ name: 'a', content: 'a' }])),
  ),
  shape('zip, 70,000 members and a count of 16 bits', 'many.zip', () => members(70_000, 0, Buffer.from('N.'), 2)),
  shape('zip, 10^6 members', 'million.zip', () => members(1_000_000, 0, Buffer.from('N.'), 2)),
  shape('zip, 10^6 members, a directory out of order', 'shuffled.zip', () =>
    members(1_000_000, 0, Buffer.from('N.'), 2, (at) => (at * 7919) % 1_000_000),
  ),
  shape('zip, 300,000 pickles', 'pickles.zip', () => members(300_000, 0, Buffer.alloc(200, 'N0').fill('N.', 198), 200)),
  shape('zip, 90,000 deflated members of 1 MB', 'small.zip', () => {
    const data = deflateRawSync(Buffer.alloc(MB - 10));
    return members(90_000, 8, data, MB - 10);
  }),
  shape('zip, members that quote each other (Fifield)', 'quoted.zip', () =>
    quoted(20_000, whole(chain(fill(zeros(), 10 * MB), END_OF_DEFLATE)), 0xffffffff),
  ),
  shape('zip, 10^6 members that are the same one', 'same.zip', () => {
    const data = deflateRawSync(Buffer.alloc(16 * MB));
    const entry = { name: 'same', method: 8, packed: data.length, size: 16 * MB };
    return chain(
      local(entry),
      data,
      each(1_000_000, () => central(entry, 0)),
      end(1_000_000, 34 + data.length, 1_000_000 * 50),
    );
  }),
  shape('zip, end records and nothing else', 'ends.zip', () => chain('PK\x03\x04', fill(end(1, 5, 7).subarray(76)))),
  shape('zip, local headers and no directory', 'locals.zip', () =>
    each(2_000_000, (at) => local({ name: `m${at}`, method: 0, packed: 0, size: 0 })),
  ),
  shape('zip, a member of bzip2', 'bzip2.zip', () => {
    const piece = pressed('bzip2', Buffer.alloc(45_000_000));
    return one('a.pkl', 12, Math.floor(SIZE / piece.length) * piece.length, 0xfffffff0, fill(piece));
  }),
  shape('gzip, 100 GB of zeros', 'zeros.gz', () => gzipped(fill(zeros()))),
  shape('gzip, of noise', 'noise.gz', () => gzipped(fill(flushed(noise(MB))))),
  shape('gzip, of a pickle that is all opcodes', 'opcodes.pkl.gz', () =>
    gzipped(chain(flushed(Buffer.from('\x80\x04', 'latin1')), fill(flushed(Buffer.alloc(16 * MB, 'N0'))))),
  ),
  shape('gzip, empty members', 'empty.gz', () => fill(gzipSync(Buffer.alloc(0)))),
  shape('gzip within gzip, 4 deep', 'deep.gz', () =>
    nested(3, (inner) => gzipSync(inner, { level: 9 }), whole(gzipped(fill(zeros(), 20 * MB)))),
  ),
  shape('zlib, 100 GB of zeros', 'zeros.zlib', () => chain(Buffer.from([0x78, 0xda]), fill(zeros()))),
  shape('zstd, 3 TB by repeated blocks', 'zeros.zst', () => zstd(fill(RLE))),
  shape('zstd, empty frames', 'frames.zst', () => fill(whole(zstd(Buffer.from([1, 0, 0]))))),
  shape('zstd, raw blocks of noise', 'noise.zst', () =>
    zstd(fill(Buffer.concat([u32((128 << 10) << 3).subarray(0, 3), noise(128 << 10)]))),
  ),
  shape('bzip2, 10^14 zeros', 'zeros.bz2', () => fill(pressed('bzip2', Buffer.alloc(45_000_000)))),
  shape('bzip2, of noise', 'noise.bz2', () => fill(pressed('bzip2', noise(4 * MB)))),
  shape('bzip2, of text', 'text.bz2', () =>
    fill(pressed('bzip2', whole(each(500_000, (at) => `${at * 7919} is the number\n`)))),
  ),
  shape('xz, 700 GB of zeros', 'zeros.xz', () => fill(pressed('xz', Buffer.alloc(16 * MB)))),
  shape('xz, of noise', 'noise.xz', () => fill(pressed('xz', noise(4 * MB)))),
  shape('xz, of text', 'text.xz', () =>
    fill(pressed('xz', whole(each(500_000, (at) => `${at * 7919} is the number\n`)))),
  ),
  shape('lzma, of zeros', 'zeros.lzma', () => pressed('lzma', Buffer.alloc(512 * MB))),
  shape('lzma, that decodes noise', 'noise.lzma', () =>
    chain(pressed('lzma', Buffer.alloc(MB)).subarray(0, 13), Buffer.alloc(5), fill(noise(MB))),
  ),
  shape('lz4, 25 GB of zeros', 'zeros.lz4', () => chain(LZ4_HEAD, fill(lz4Block()))),
  shape('lz4, stored blocks of noise', 'noise.lz4', () =>
    chain(LZ4_HEAD, fill(Buffer.concat([u32((0x80000000 | MB) >>> 0), noise(MB)]))),
  ),
  shape('tar, 195,000 empty members', 'empty.tar', () => each(195_000, (at) => tarHeader(`m${at}`, 0))),
  shape('tar, 97,000 pickles', 'pickles.tar', () =>
    each(97_000, (at) => Buffer.concat([tarHeader(`m${at}`, 512), Buffer.alloc(512, 'N0').fill('N.', 510)])),
  ),
  shape('tar, long names without end', 'names.tar', () =>
    fill(Buffer.concat([tarHeader('l', 512, 'L'), Buffer.alloc(512, 97)])),
  ),
  shape('tar, 10^6 members, gzipped', 'million.tar.gz', () =>
    gzipped(fill(flushed(whole(each(1000, (at) => tarHeader(`m${at}`, 0)))), 20 * MB)),
  ),
];
