// Zstandard streams, decoded piece by piece by fzstd: this file only asks it for pieces where it would hand them over.
import { Decompress } from 'fzstd';
import type { ByteReader } from './lzma.ts';

/** A stream that is no Zstandard, or breaks off. */
export class ZstdFault extends Error {
  override readonly name = 'ZstdFault';
}

/** Packed bytes that are given to the decoder at once: what they become is kept in memory, up to a thousand times as much. */
const STEP = 1 << 12;

/** Frames one behind the other, up to the end of the input. @throws ZstdFault */
export function* decodeZstd(input: ByteReader): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const decoder = new Decompress((piece) => {
    // The decoder may write to its buffer again.
    if (piece.length > 0) pieces.push(Uint8Array.prototype.slice.call(piece));
  });
  for (let ended = false; !ended;) {
    const step = new Uint8Array(STEP);
    let length = 0;
    while (length < STEP) {
      const byte = input.next();
      ended = byte === -1;
      if (ended) break;
      step[length++] = byte;
    }
    try {
      decoder.push(step.subarray(0, length), ended);
    } catch (thrown) {
      throw new ZstdFault(thrown instanceof Error ? thrown.message : 'broken');
    }
    yield* pieces.splice(0);
  }
}
