// Members and streams unpacked as far as they are asked for, counted against the budget.
import { inflateRawSync } from 'node:zlib';
import { Gunzip, Inflate, Unzlib } from 'fflate';
import { Decompress as Unzstd } from 'fzstd';
import {
  type ByteReader,
  decodeBzip2,
  decodeLz4,
  decodeLzma,
  decodeLzmaAlone,
  decodeXz,
} from '../../../reader/index.ts';
import type { Budget } from '../../budget.ts';
import { Cursor } from '../../cursor.ts';
import { MemorySource, type Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';

/** Packed bytes that are given to a decoder at once: what they become is kept in memory, up to a thousand times as much. */
const STEP = 1 << 12;
/** Steps of one such push, which may give nothing at all. */
const PUSH_STEPS = 100;
/** Members up to this size are unpacked by the native decoder, at once. */
const AT_ONCE = 1 << 20;

/** How a packed source is unpacked. */
export type Unpack = (packed: Source, budget: Budget) => StreamSource;

/** A decoder of fflate's form: pieces go in, pieces come out by the callback. */
interface Decoder {
  push(piece: Uint8Array, last?: boolean): void;
}
type OpenDecoder = (onPiece: (piece: Uint8Array) => void) => Decoder;

/** What a packed source becomes, produced as it is read. */
function push(packed: Source, open: OpenDecoder, budget: Budget): StreamSource {
  const pieces: Uint8Array[] = [];
  let given = 0;
  const decoder = open((piece) => {
    given += piece.length;
    // The decoder may write to its buffer again.
    if (piece.length > 0) pieces.push(Uint8Array.prototype.slice.call(piece));
  });
  let at = 0;
  let ended = false;
  return new StreamSource(() => {
    while (pieces.length === 0 && !ended) {
      const input = packed.read(at, STEP);
      at += input.length;
      ended = at >= packed.size;
      // fflate keeps its input: it must be its own.
      given = 0;
      decoder.push(Uint8Array.prototype.slice.call(input), ended);
      // As it is made: who looks at the beginning only has it made as well.
      budget.step(PUSH_STEPS);
      budget.inflate(given);
    }
    return pieces.shift();
  });
}

export const inflate: Unpack = (packed, budget) =>
  push(packed, (onPiece) => new Inflate((piece) => onPiece(piece)), budget);
export const gunzip: Unpack = (packed, budget) =>
  push(packed, (onPiece) => new Gunzip((piece) => onPiece(piece)), budget);
export const unzlib: Unpack = (packed, budget) =>
  push(packed, (onPiece) => new Unzlib((piece) => onPiece(piece)), budget);
export const unzstd: Unpack = (packed, budget) =>
  push(packed, (onPiece) => new Unzstd((piece) => onPiece(piece)), budget);

/** What a decoder of ours makes of a packed source. */
const pull =
  (decode: (input: ByteReader) => Generator<Uint8Array>, slowness: number): Unpack =>
  (packed, budget) => {
    const pieces = decode(new Cursor(packed));
    return new StreamSource(() => {
      const { done, value } = pieces.next();
      if (done === true) return undefined;
      budget.inflate(value.length, slowness);
      return value;
    });
  };

const LZMA_SLOWNESS = 24;

export const unbzip2 = pull(decodeBzip2, 24);
export const unlzma = pull(decodeLzmaAlone, LZMA_SLOWNESS);
export const unxz = pull(decodeXz, LZMA_SLOWNESS);
export const unlz4 = pull(decodeLz4, 2);

/** A member of a zip packed by LZMA: a version, the length of the properties, the properties, the stream. */
export const unlzmaMember = (size: number): Unpack =>
  pull(function* (input) {
    const header = Array.from({ length: 9 }, () => Math.max(0, input.next()));
    const [properties, ...dictionary] = header.slice(4);
    const bytes = dictionary.reduce((sum, byte, at) => sum + byte * 256 ** at, 0);
    yield* decodeLzma(input, properties!, bytes, size);
  }, LZMA_SLOWNESS);

/** A deflated member. Small ones are unpacked at once, when they are as small as they say. */
export function inflateMember(packed: Source, size: number, budget: Budget): Source {
  if (size <= AT_ONCE && packed.size <= AT_ONCE) {
    try {
      const bytes = inflateRawSync(packed.read(0, packed.size), { maxOutputLength: AT_ONCE });
      budget.inflate(bytes.length);
      return new MemorySource(bytes);
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
      // Broken, or larger than it says: what there is of it is looked at piece by piece.
    }
  }
  return inflate(packed, budget);
}
