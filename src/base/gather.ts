// Bytes that come in pieces of any size, kept as few pieces: whoever sends a byte at a time must not make us keep a
// hundred bytes for each.

/** Pieces shorter than this are put together with the one before; longer ones are kept as they came. */
const SMALL = 4096;

export class Gathered {
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Pieces kept: a few, and one for every `SMALL` bytes at most. */
  get pieces(): number {
    return this.#pieces.length;
  }

  /** Adds a piece. Every byte is copied at most 12 times (the powers of two below `SMALL`), in the usual case never. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    const pieces = this.#pieces;
    let last = piece;
    for (let before = pieces.at(-1); before !== undefined; before = pieces.at(-1)) {
      if (last.length >= SMALL || before.length > last.length) break;
      pieces.pop();
      last = join([before, last], before.length + last.length);
    }
    pieces.push(last);
  }

  /** All bytes as one piece, which is the only one from here on. */
  take(): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [join(this.#pieces, this.#size)];
    return this.#pieces[0]!;
  }

  clear(): void {
    this.#pieces = [];
    this.#size = 0;
  }
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
