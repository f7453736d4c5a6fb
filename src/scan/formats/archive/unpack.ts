// Members and streams unpacked as far as they are asked for, counted against the budget.
import { inflateRawSync } from 'node:zlib';
import {
  type ByteReader,
  decodeBzip2,
  decodeDeflate,
  decodeGzip,
  decodeLz4,
  decodeLzma,
  decodeLzmaAlone,
  decodeXz,
  decodeZlib,
  decodeZstd,
} from '../../../reader/index.ts';
import type { Budget } from '../../budget.ts';
import { Cursor } from '../../cursor.ts';
import { MemorySource, type Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';

/** Members up to this size are unpacked by the native decoder, at once. */
const AT_ONCE = 1 << 20;
/** Steps of work that a piece of a stream costs at least, and a stream: both may be empty, and are work all the same. */
const PIECE_STEPS = 100;
const STREAM_STEPS = 400;

/** How many times longer a decoder takes than the fastest, for a byte that it gives. */
export const LZMA_SLOWNESS = 24;
const BZIP2_SLOWNESS = 24;
const LZ4_SLOWNESS = 2;

/** One stream; returns how many bytes it took of what lies behind. */
type Decode = (input: ByteReader) => Generator<Uint8Array, number | void>;

/** What a packed source becomes, produced as it is read. */
export class Unpacked extends StreamSource {
  readonly #ended: { at: number | undefined };

  /** @param again - whether another stream begins with these bytes, which goes on where the one before ended */
  constructor(packed: Source, budget: Budget, decode: Decode, slowness: number, again?: (head: Uint8Array) => boolean) {
    const cursor = new Cursor(packed);
    const ended: { at: number | undefined } = { at: undefined };
    let pieces = decode(cursor);
    super(() => {
      for (;;) {
        const { done, value } = pieces.next();
        budget.step(PIECE_STEPS);
        if (done !== true) {
          budget.inflate(value.length, slowness);
          return value;
        }
        cursor.offset -= value ?? 0;
        if (again?.(packed.read(cursor.offset, 8)) !== true) {
          ended.at = cursor.offset;
          return undefined;
        }
        budget.step(STREAM_STEPS);
        pieces = decode(cursor);
      }
    });
    this.#ended = ended;
  }

  /** Where in the packed source it ended; undefined while it has not, and where it broke off. */
  get end(): number | undefined {
    return this.#ended.at;
  }
}

/** How a packed source is unpacked. */
export type Unpack = (packed: Source, budget: Budget) => Unpacked;

const unpackBy =
  (decode: Decode, slowness: number, again?: (head: Uint8Array) => boolean): Unpack =>
  (packed, budget) =>
    new Unpacked(packed, budget, decode, slowness, again);

/** Whether bytes begin so. */
export const begins = (head: Uint8Array, ...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);

export const inflate = unpackBy((input) => decodeDeflate(input), 1);
export const inflate64 = unpackBy((input) => decodeDeflate(input, true), 1);
export const gunzip = unpackBy(decodeGzip, 1, (head) => begins(head, 0x1f, 0x8b, 8));
export const unzlib = unpackBy(decodeZlib, 1);
export const unzstd = unpackBy(decodeZstd, 1);
export const unbzip2 = unpackBy(decodeBzip2, BZIP2_SLOWNESS, (head) => begins(head, 0x42, 0x5a, 0x68));
export const unlzma = unpackBy(decodeLzmaAlone, LZMA_SLOWNESS);
export const unxz = unpackBy(decodeXz, LZMA_SLOWNESS, (head) => begins(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0));
export const unlz4 = unpackBy(decodeLz4, LZ4_SLOWNESS, (head) => begins(head, 0x04, 0x22, 0x4d, 0x18));

/** A member of a zip packed by LZMA: a version, the length of the properties, the properties, the stream. */
export const unlzmaMember = (size: number): Unpack =>
  unpackBy(function* (input) {
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
