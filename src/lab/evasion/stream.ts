// Chance for one sample. Each has a stream of its own, so that an attack finds the same whatever company a sample is asked in.

/** A small fast generator (sfc32, Doty-Humphrey): for noise and choices, never for secrets. */
export class Stream {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare = NaN;

  /** @param seed - any 32 bits */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = (seed ^ 0x5bf03635) | 0;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 bits. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 4294967296;
  }

  /** A whole number in 0 .. below-1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  sign(): 1 | -1 {
    return this.bits() & 0x10000 ? 1 : -1;
  }

  /** Standard normal (polar method of Marsaglia). */
  normal(): number {
    if (this.#spare === this.#spare) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = v * scale;
      return u * scale;
    }
  }
}

/** One stream a sample; takes exactly `count` numbers of `random`, so that batches in a row go on as one batch would. */
export function streamsOf(random: () => number, count: number): Stream[] {
  return Array.from({ length: count }, () => new Stream(Math.floor(random() * 4294967296)));
}
