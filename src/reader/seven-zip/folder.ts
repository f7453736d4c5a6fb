// A folder of a 7z archive unpacked: each coder takes what the one before gave.
// Source: Methods.txt and 7zFormat.txt of the LZMA SDK 23.01.
import { unfilter } from '../branch.ts';
import { decodeBzip2 } from '../bzip2.ts';
import { decodeDeflate } from '../inflate.ts';
import { type ByteReader, decodeLzma, decodeLzma2 } from '../lzma.ts';
import { decodeZstd } from '../zstd.ts';
import type { SevenZipCoder, SevenZipFolder } from './header.ts';

/** A folder that cannot be unpacked here, or not at all: the message says why, to follow "is". */
export class SevenZipFault extends Error {
  override readonly name = 'SevenZipFault';
}

type Decode = (input: ByteReader, properties: Uint8Array, size: number) => Generator<Uint8Array, number | void>;

const PIECE = 1 << 16;

function* copy(input: ByteReader): Generator<Uint8Array> {
  for (;;) {
    const piece = new Uint8Array(PIECE);
    let length = 0;
    for (; length < PIECE; length++) {
      const byte = input.next();
      if (byte === -1) break;
      piece[length] = byte;
    }
    if (length > 0) yield piece.subarray(0, length);
    if (length < PIECE) return;
  }
}

const filter =
  (id: number): Decode =>
  (input, properties) =>
    unfilter(id, properties[0] ?? 0, copy(input))!;

/** The size of a dictionary of LZMA2. */
const dictionaryOf = (bits: number): number =>
  bits >= 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);

const lzma: Decode = (input, properties, size) => {
  if (properties.length < 5) throw new SevenZipFault('packed by LZMA without its properties');
  const dictionary = new DataView(properties.buffer, properties.byteOffset + 1, 4).getUint32(0, true);
  return decodeLzma(input, properties[0]!, dictionary, size);
};

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['00', copy],
  ['030101', lzma],
  ['21', (input, properties) => decodeLzma2(input, dictionaryOf(properties[0] ?? 40))],
  ['040108', (input) => decodeDeflate(input)],
  ['040109', (input) => decodeDeflate(input, true)],
  ['040202', decodeBzip2],
  ['04f71101', decodeZstd],
  ['03', filter(3)],
  ['04', filter(4)],
  ['03030103', filter(4)],
  ['05', filter(5)],
  ['03030205', filter(5)],
  ['07', filter(7)],
  ['03030501', filter(7)],
  ['08', filter(8)],
  ['03030701', filter(8)],
  ['09', filter(9)],
  ['03030805', filter(9)],
  ['0a', filter(10)],
]);

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['06f10701', 'encrypted (AES)'],
  ['030401', 'packed by PPMd, which is not supported'],
  ['0303011b', 'filtered by BCJ2, which is not supported'],
]);

/** What a decoder gives, byte by byte for the next one. */
function toReader(pieces: Iterator<Uint8Array, number | void>): ByteReader {
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    next() {
      while (at >= piece.length) {
        const { done, value } = pieces.next();
        if (done === true) return -1;
        piece = value;
        at = 0;
      }
      return piece[at++]!;
    },
  };
}

/**
 * What a folder becomes.
 * @param packed - its packed streams
 * @throws SevenZipFault for a folder that cannot be unpacked, and what the decoders throw once they are asked
 */
export function decodeSevenZipFolder(
  { coders, bonds, packed: inputs, sizes }: SevenZipFolder,
  packed: readonly ByteReader[],
): Generator<Uint8Array, number | void> {
  const method = coders.find((coder) => !DECODERS.has(coder.method))?.method;
  if (method !== undefined) {
    throw new SevenZipFault(UNSUPPORTED.get(method) ?? `packed by the method ${method}, which is not supported`);
  }
  const used = new Set<number>();
  const open = (at: number): Generator<Uint8Array, number | void> => {
    const coder: SevenZipCoder | undefined = coders[at];
    if (coder === undefined || used.has(at) || coder.inputs !== 1)
      throw new SevenZipFault('packed in an impossible way');
    used.add(at);
    // Each coder has one input here, so that inputs are counted as coders are.
    const bond = bonds.find(({ input }) => input === at);
    const input = bond === undefined ? packed[inputs.indexOf(at)] : toReader(open(bond.output));
    if (input === undefined) throw new SevenZipFault('packed in an impossible way');
    return DECODERS.get(coder.method)!(input, coder.properties, sizes[at]!);
  };
  return open(coders.findIndex((_, at) => bonds.every(({ output }) => output !== at)));
}
