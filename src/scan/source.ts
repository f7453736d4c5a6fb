// Bytes that are looked at: a file, a member of an archive, or what a compressed stream turns into. Read synchronously,
// within buffers: a parser stays a plain function, and a file larger than memory is no different from a small one.
import type { Bytes } from '../reader/index.ts';

export type Source = Bytes;

export const EMPTY = new Uint8Array(0);

/** Bytes in memory. */
export class MemorySource implements Source {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return offset >= this.size || length <= 0 ? EMPTY : this.#bytes.subarray(offset, offset + length);
  }
}

/** A stretch of another source. What lies beyond the other's end is not there. */
export class SliceSource implements Source {
  readonly size: number;
  readonly whole: Source;
  readonly start: number;

  constructor(whole: Source, start: number, size: number = whole.size - start) {
    this.whole = whole;
    this.start = Math.min(start, whole.size);
    this.size = Math.max(0, Math.min(size, whole.size - this.start));
  }

  read(offset: number, length: number): Uint8Array {
    if (offset >= this.size || length <= 0) return EMPTY;
    return this.whole.read(this.start + offset, Math.min(length, this.size - offset));
  }
}

/** All of a source, where it is no longer than `most` bytes; otherwise its first `most`. */
export function readHead(source: Source, most: number): Uint8Array {
  return source.read(0, Math.min(source.size, most));
}

/**
 * The offset of a byte string at or behind `from`, or -1. Reads up to `end` in blocks.
 * @param bytes - not empty, shorter than a block
 */
export function findBytes(source: Source, bytes: Uint8Array, from = 0, end = source.size): number {
  const BLOCK = 1 << 18;
  for (let at = from; at < end; at += BLOCK) {
    const block = source.read(at, Math.min(BLOCK + bytes.length - 1, end - at));
    const found = Buffer.from(block.buffer, block.byteOffset, block.byteLength).indexOf(bytes);
    if (found !== -1) return at + found;
  }
  return -1;
}
