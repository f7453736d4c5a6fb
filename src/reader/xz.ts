// Files of the kind .xz: blocks of LZMA2 behind headers of their own.
// Source: The .xz File Format 1.2.0.
import { type ByteReader, LzmaFault, decodeLzma2, takeBytes } from './lzma.ts';

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
/** Bytes of the check behind a block, by its kind. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const LZMA2_FILTER = 0x21;

/** A file of the kind `.xz`, its first stream. Checks are not held against what is decoded. @throws LzmaFault */
export function* decodeXz(source: ByteReader): Generator<Uint8Array> {
  let read = 0;
  const input: ByteReader = {
    next() {
      read++;
      return source.next();
    },
  };
  const header = takeBytes(input, 12);
  if (!header.subarray(0, 6).equals(XZ_MAGIC)) throw new LzmaFault('no .xz');
  const check = CHECK_BYTES[header[7]! & 0xf]!;
  for (;;) {
    const length = takeBytes(input, 1)[0]!;
    if (length === 0) return;
    const block = takeBytes(input, length * 4 + 3);
    let at = 1;
    const number = (): number => {
      let value = 0;
      for (let shift = 0; shift < 63; shift += 7) {
        const byte = block[at++] ?? 0;
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
      throw new LzmaFault('a number without an end');
    };
    const flags = block[0]!;
    if ((flags & 0x40) !== 0) number();
    if ((flags & 0x80) !== 0) number();
    if ((flags & 3) !== 0 || number() !== LZMA2_FILTER || number() !== 1)
      throw new LzmaFault('a filter other than LZMA2');
    const bits = block[at]! & 0x3f;
    yield* decodeLzma2(input, bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11));
    while (read % 4 !== 0) input.next();
    takeBytes(input, check);
  }
}
