// Files of the kind .xz: blocks of LZMA2 behind headers of their own.
// Source: The .xz File Format 1.2.0.
import { unfilter } from './branch.ts';
import { type ByteReader, LzmaFault, decodeLzma2, takeBytes } from './lzma.ts';

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
/** Bytes of the check behind a block, by its kind. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const LZMA2_FILTER = 0x21;

/** A number of 7 bits a byte. */
function readNumber(next: () => number): number {
  let value = 0;
  for (let shift = 0; shift < 63; shift += 7) {
    const byte = next();
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new LzmaFault('a number without an end');
}

/** A block by its header: LZMA2, and up to three filters around it. */
function openBlock(header: Uint8Array, input: ByteReader): Generator<Uint8Array> {
  let at = 1;
  const number = (): number => readNumber(() => header[at++] ?? 0);
  const flags = header[0]!;
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  const filters: { id: number; property: number }[] = [];
  for (let left = (flags & 3) + 1; left > 0; left--) {
    const id = number();
    const length = number();
    filters.push({ id, property: header[at] ?? 0 });
    at += length;
  }
  const last = filters.pop()!;
  if (last.id !== LZMA2_FILTER) throw new LzmaFault('a filter other than LZMA2 at the end');
  const bits = last.property & 0x3f;
  let pieces = decodeLzma2(input, bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11));
  for (const { id, property } of filters.reverse()) {
    const undone = unfilter(id, property, pieces);
    if (undone === undefined) throw new LzmaFault(`the filter ${id}, which is not known`);
    pieces = undone;
  }
  return pieces;
}

/** A stream of the kind `.xz`; a file may hold several. Checks are not held against what is decoded. @throws LzmaFault */
export function* decodeXz(source: ByteReader): Generator<Uint8Array> {
  let read = 0;
  const input: ByteReader = {
    next() {
      read++;
      return source.next();
    },
  };
  const byte = (): number => takeBytes(input, 1)[0]!;
  const header = takeBytes(input, 12);
  if (!header.subarray(0, 6).equals(XZ_MAGIC)) throw new LzmaFault('no .xz');
  const check = CHECK_BYTES[header[7]! & 0xf]!;
  for (;;) {
    const length = byte();
    if (length === 0) break;
    yield* openBlock(takeBytes(input, length * 4 + 3), input);
    while (read % 4 !== 0) input.next();
    takeBytes(input, check);
  }
  // The index: two numbers for each block. Behind it a checksum and the end of the stream.
  for (let numbers = readNumber(byte) * 2; numbers > 0; numbers--) readNumber(byte);
  while (read % 4 !== 0) input.next();
  takeBytes(input, 4 + 12);
}
