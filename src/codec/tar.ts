// Tar archives (POSIX.1-1988 ustar), of plain files only: written so that any tar reads them, read within bounds.
import { AncileError } from '../base/index.ts';

const BLOCK = 512;
/** Longest name: what the name field holds, without the prefix that some readers join in their own ways. */
export const MAX_TAR_NAME = 100;
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const END = 2 * BLOCK;

/** A piece of an archive as it is read: a file begins, or some of its bytes. */
export type TarPiece =
  { readonly name: string; readonly size: number } | { readonly bytes: Buffer; readonly last: boolean };

const bad = (what: string): AncileError =>
  new AncileError('request_invalid', `the archive ${what}`, {
    at: 'archive',
    hint: 'It was cut short or changed, or is no archive of plain files; take another copy of it.',
  });

/** A header's own bytes summed up, with spaces for the sum. */
export function tarChecksum(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum;
}

/**
 * The header of a file of mode 0600.
 * @param time - seconds since the epoch
 * @throws RangeError for a name that is longer than `MAX_TAR_NAME` bytes
 */
export function tarHeader(name: string, size: number, time: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > MAX_TAR_NAME) throw new RangeError('tar: a name is too long');
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  if (size <= MAX_OCTAL_SIZE) header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    // GNU and POSIX readers take sizes beyond 8 GB in base 256, marked by the first bit.
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`${Math.floor(time).toString(8).padStart(11, '0')}\0`, 136);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(`${tarChecksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** What follows a file's bytes, up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What an archive ends with. */
export function tarEnd(): Buffer {
  return Buffer.alloc(END);
}

function octal(field: Buffer): number {
  const match = /^([0-7]+)[\0 ]*$/.exec(field.toString('latin1'));
  return match === null ? Number.NaN : Number.parseInt(match[1]!, 8);
}

/** The name and size of a file, from its header; undefined of a block of zeros, which ends an archive. */
function readHeader(header: Buffer): { readonly name: string; readonly size: number } | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  if (octal(header.subarray(148, 156)) !== tarChecksum(header)) throw bad('has a header that is broken');
  if (header.toString('latin1', 257, 262) !== 'ustar') throw bad('is not in the ustar form');
  if (header[156] !== 0x30) throw bad('holds something other than a plain file');
  if (header[345] !== 0) throw bad('holds a name that is too long');
  const end = header.indexOf(0);
  const name = header.toString('utf8', 0, end === -1 || end > MAX_TAR_NAME ? MAX_TAR_NAME : end);
  const size = header[124] === 0x80 ? Number(header.readBigUInt64BE(128)) : octal(header.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0) throw bad('holds a file without a size');
  return { name, size };
}

/** Gives bytes in the amounts asked for, from chunks of any size. */
class Chunks {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least one and at most so many bytes. @throws AncileError at the end */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) throw bad('ends too early');
      this.#rest = next.value;
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = count; left > 0;) {
      const piece = await this.some(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Lets go of the source, whatever is left of it. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Whether nothing but zeros is left. */
  async onlyZeros(): Promise<boolean> {
    for (;;) {
      if (this.#rest.some((byte) => byte !== 0)) return false;
      const next = await this.#source.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
  }
}

/**
 * Reads an archive from its bytes. Names are as they stand there: what they may be is for the caller to say. Memory is
 * bounded by the chunks of the source.
 * @throws AncileError `request_invalid` where it is cut short, is not in this form, or holds anything but plain files
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarPiece> {
  const chunks = new Chunks(source);
  try {
    for (;;) {
      const file = readHeader(await chunks.exactly(BLOCK));
      if (file === undefined) break;
      yield file;
      let left = file.size;
      if (left === 0) yield { bytes: Buffer.alloc(0), last: true };
      while (left > 0) {
        const bytes = await chunks.some(left);
        left -= bytes.length;
        yield { bytes, last: left === 0 };
      }
      await chunks.exactly(tarPadding(file.size).length);
    }
    await chunks.exactly(BLOCK);
    if (!(await chunks.onlyZeros())) throw bad('goes on after its end');
  } finally {
    await chunks.close();
  }
}
