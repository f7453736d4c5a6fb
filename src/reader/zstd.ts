// Zstandard streams: frames and blocks are told apart here, and each block is decoded by fzstd, so that a frame ends where it
// ends and empty ones are known for the work that they are.
// Source: RFC 8878.
import { Decompress } from 'fzstd';
import type { ByteReader } from './lzma.ts';

/** A stream that is no Zstandard, or breaks off. */
export class ZstdFault extends Error {
  override readonly name = 'ZstdFault';
}

const MAGIC = 0xfd2fb528;
const SKIPPED_MAGIC = 0x184d2a50;
const RLE = 1;
/** Longest content of a block. */
const MOST_BLOCK = 1 << 17;
/** Largest window that is kept, bytes; the decoder moves all of it at each block. */
const MOST_WINDOW = 64 << 20;
/** Bytes of a window whose move takes as long as a piece of a stream at least. */
const MOVED = 1 << 18;
/** The same where it is made, for each frame. */
const MADE = 1 << 14;
const NOTHING = new Uint8Array(0);

/** The bytes that were read, for the decoder. */
class Input {
  readonly #input: ByteReader;
  #taken: number[] = [];

  constructor(input: ByteReader) {
    this.#input = input;
  }

  /** A number of so many bytes; what is there of it where the stream ends. */
  number(bytes: number): number {
    let value = 0;
    for (let at = 0; at < bytes; at++) value += this.#byte() * 256 ** at;
    return value;
  }

  /** The magic number of the next frame; undefined where no whole one is there, with how many bytes were. */
  magic(): { readonly value: number | undefined; readonly length: number } {
    let value = 0;
    for (let at = 0; at < 4; at++) {
      const byte = this.#input.next();
      if (byte === -1) return { value: undefined, length: at };
      this.#taken.push(byte);
      value += byte * 256 ** at;
    }
    return { value, length: 4 };
  }

  skip(length: number): void {
    for (let left = length; left > 0; left--) this.#next();
    this.#taken = [];
  }

  /** What was read since the last call, and so many bytes behind it. */
  take(more: number): Uint8Array {
    const bytes = new Uint8Array(this.#taken.length + more);
    bytes.set(this.#taken);
    for (let at = this.#taken.length; at < bytes.length; at++) bytes[at] = this.#next();
    this.#taken = [];
    return bytes;
  }

  #byte(): number {
    const byte = this.#next();
    this.#taken.push(byte);
    return byte;
  }

  #next(): number {
    const byte = this.#input.next();
    if (byte === -1) throw new ZstdFault('the stream breaks off');
    return byte;
  }
}

/** Reads the header of a frame. @returns its window, and whether a checksum follows its last block */
function readFrame(input: Input): { readonly window: number; readonly hasCheck: boolean } {
  const flags = input.number(1);
  const isSingle = (flags & 0x20) !== 0;
  const bits = isSingle ? 0 : input.number(1);
  input.number([0, 1, 2, 4][flags & 3]!);
  const content = input.number(flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6));
  const window = isSingle ? content : (1 + (bits & 7) / 8) * 2 ** (10 + (bits >> 3));
  if (window > MOST_WINDOW) throw new ZstdFault('looks back further than is kept');
  return { window, hasCheck: (flags & 4) !== 0 };
}

/**
 * Frames one behind the other. Pieces without content stand for work that gives none.
 * @returns bytes that were taken from the input and lie behind the last frame
 * @throws ZstdFault
 */
export function* decodeZstd(source: ByteReader): Generator<Uint8Array, number> {
  const input = new Input(source);
  for (let count = 0; ; count++) {
    const { value: magic, length } = input.magic();
    if (magic === undefined && (length === 0 || count > 0)) return length;
    yield NOTHING;
    if (magic !== undefined && magic - (magic % 16) === SKIPPED_MAGIC) {
      input.skip(input.number(4));
    } else if (magic === MAGIC) {
      yield* decodeFrame(input);
    } else if (count === 0) {
      throw new ZstdFault('no zstd');
    } else {
      return length;
    }
  }
}

function* decodeFrame(input: Input): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const decoder = new Decompress((piece) => {
    // The decoder may write to its buffer again.
    if (piece.length > 0) pieces.push(Uint8Array.prototype.slice.call(piece));
  });
  const { window, hasCheck } = readFrame(input);
  for (let made = 0; made <= window; made += MADE) yield NOTHING;
  for (let isLast = false; !isLast;) {
    for (let moved = 0; moved <= window; moved += MOVED) yield NOTHING;
    const header = input.number(3);
    isLast = (header & 1) === 1;
    const [kind, size] = [(header >> 1) & 3, header >> 3];
    if (size > MOST_BLOCK) throw new ZstdFault('a block longer than it may be');
    const block = input.take(kind === RLE ? 1 : size);
    try {
      decoder.push(block, false);
      if (isLast) decoder.push(hasCheck ? input.take(4) : NOTHING, true);
    } catch (thrown) {
      if (thrown instanceof ZstdFault) throw thrown;
      throw new ZstdFault(thrown instanceof Error ? thrown.message : 'broken');
    }
    yield* pieces.splice(0);
  }
}
