// The frames of protocol 4 and later, which only say how much may be read ahead. Readers differ in how they take one that is wrong: C and
// Python implementations then see different pickles, and a scanner perhaps a third one. No pickler writes wrong ones.

/** Bytes that a pickler leaves outside of frames: what is too short for one (Lib/pickle.py, _FRAME_SIZE_MIN). */
const SHORT = 4;

export class Frames {
  readonly #wrong: (what: string, offset: number) => void;
  /** Where the frame ends that is open; -1 outside of one. */
  end = -1;
  /** Where opcodes outside of frames began, values that are too long for a frame aside. */
  #loose: number;

  constructor(offset: number, wrong: (what: string, offset: number) => void) {
    this.#loose = offset;
    this.#wrong = wrong;
  }

  /** An opcode begins at or behind the end of the frame. */
  left(at: number): void {
    if (at > this.end) this.#wrong('has a value that begins in one frame and ends behind it', this.end);
    this.outside(at);
  }

  /** What follows from here on belongs to no frame, and need not: the header, a long value, an array of joblib. */
  outside(offset: number): void {
    this.end = -1;
    this.#loose = offset;
  }

  /** A long value outside of frames. */
  long(offset: number): void {
    if (this.end === -1) this.#loose = offset;
  }

  /**
   * FRAME.
   * @param at - of the opcode
   * @param start - of what is in the frame
   */
  open(at: number, start: number, length: number): void {
    if (this.end !== -1) this.#wrong('has a frame within a frame', at);
    else if (at - this.#loose >= SHORT) this.#wrong('has opcodes in front of a frame that belong into one', at);
    this.end = start + length;
  }
}
