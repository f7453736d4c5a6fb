// What a compressed stream turns into, as a source: produced as far as it is asked for, and only so much of it kept.
import { EMPTY, SliceSource, type Source } from './source.ts';

/** Gives the next piece of a stream, or undefined at its end. Throws where the stream is broken. */
export type Pull = () => Uint8Array | undefined;

const PIECE = 1 << 16;

/** Kept whole up to here; of longer streams only the latest `WINDOW` bytes are kept. */
const WHOLE = 32 << 20;
const WINDOW = 8 << 20;

/** Whether a source can be read in any order to its end: a long stream cannot. Produces a stream up to there to know. */
export function isSeekable(source: Source): boolean {
  return !(source instanceof StreamSource) || source.size <= WHOLE;
}

/** A part of a long stream was asked for that has gone by. */
export class Unseekable extends Error {
  override readonly name = 'Unseekable';
}

export class StreamSource implements Source {
  readonly #pull: Pull;
  #pieces: Uint8Array[] = [];
  /** Where the first kept piece begins, and where the last ends. */
  #from = 0;
  #to = 0;
  #ended = false;
  #fault: unknown;

  /**
   * @param pull - gives the stream piece by piece; pieces are kept, so none may be written to afterwards. What it throws ends
   *   the stream there, and is kept in `fault`
   */
  constructor(pull: Pull) {
    this.#pull = pull;
  }

  /** Why the stream ended before its end. */
  get fault(): unknown {
    return this.#fault;
  }

  /** Bytes that were produced so far. */
  get seen(): number {
    return this.#to;
  }

  /** Produces the stream to its end in order to know. */
  get size(): number {
    while (this.#next());
    return this.#to;
  }

  /** Whether bytes from the offset on are there, without producing more than that. */
  reaches(offset: number): boolean {
    while (this.#to <= offset && this.#next());
    return this.#to > offset;
  }

  /** @throws Unseekable for what was let go */
  read(offset: number, length: number): Uint8Array {
    if (length <= 0) return EMPTY;
    while (this.#to < offset + length && this.#next());
    if (offset >= this.#to) return EMPTY;
    if (offset < this.#from) throw new Unseekable(`offset ${offset} of a long stream has gone by`);
    const end = Math.min(offset + length, this.#to);
    let at = this.#from;
    const out: Uint8Array[] = [];
    for (const piece of this.#pieces) {
      const [start, stop] = [Math.max(offset, at), Math.min(end, at + piece.length)];
      if (start < stop) out.push(piece.subarray(start - at, stop - at));
      at += piece.length;
      if (at >= end) break;
    }
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }

  #next(): boolean {
    if (this.#ended) return false;
    let piece: Uint8Array | undefined;
    try {
      piece = this.#pull();
    } catch (thrown) {
      this.#fault = thrown;
    }
    if (piece === undefined) {
      this.#ended = true;
      return false;
    }
    if (piece.length > 0) this.#pieces.push(piece);
    this.#to += piece.length;
    if (this.#to > WHOLE) {
      while (this.#pieces.length > 1 && this.#to - this.#from - this.#pieces[0]!.length >= WINDOW) {
        this.#from += this.#pieces.shift()!.length;
      }
    }
    return true;
  }
}

/** A stretch of a source; that of a stream is a stream itself, so that a long one is read piece by piece on its way. */
export function sliceOf(whole: Source, start: number, size: number): Source {
  if (!(whole instanceof StreamSource)) return new SliceSource(whole, start, size);
  let at = start;
  return new StreamSource(() => {
    const piece = whole.read(at, Math.min(PIECE, start + size - at));
    at += piece.length;
    return piece.length > 0 ? piece : undefined;
  });
}
