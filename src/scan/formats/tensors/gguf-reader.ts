// The header of a GGUF file, value by value: lengths are held against what is left of the file before anything is read.
import { Cursor } from '../../cursor.ts';
import type { Budget } from '../../budget.ts';
import type { Source } from '../../source.ts';

export const STRING = 8;
export const ARRAY = 9;
/** Bytes of the types of fixed size. */
export const SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Where a text lies within the file. */
export interface Text {
  readonly at: number;
  readonly length: number;
}

export class GgufReader {
  readonly source: Source;
  readonly budget: Budget;
  readonly #cursor: Cursor;
  little = true;
  /** Version 1 has lengths and counts of 32 bits. */
  wide = true;

  constructor(source: Source, budget: Budget, offset: number) {
    this.source = source;
    this.budget = budget;
    this.#cursor = new Cursor(source, offset);
  }

  get offset(): number {
    return this.#cursor.offset;
  }

  get left(): number {
    return this.source.size - this.#cursor.offset;
  }

  u32(): number {
    return this.#cursor.u32(this.little);
  }

  u64(): bigint {
    return this.#cursor.u64(this.little);
  }

  /** A count or length; whatever is beyond 2^53 comes as infinity. */
  length(): number {
    if (!this.wide) return this.u32();
    const first = this.u32();
    const second = this.u32();
    const [low, high] = this.little ? [first, second] : [second, first];
    return high >= 1 << 21 ? Infinity : high * 2 ** 32 + low;
  }

  /** A count of things that take at least so many bytes each. @throws Malformed where the file cannot hold them */
  count(what: string, each: number): number {
    const count = this.length();
    if (count * each > this.left) {
      throw this.#cursor.malformed(`it claims ${shown(count)} ${what}, and ${this.left} bytes are left for them`);
    }
    return count;
  }

  /** Passes over a text. @throws Malformed where it goes beyond the file */
  text(what: string): Text {
    const length = this.length();
    const at = this.#cursor.offset;
    if (length > this.left) {
      throw this.#cursor.malformed(`${what} claims ${shown(length)} bytes, and ${this.left} are left`);
    }
    this.#cursor.offset = at + length;
    return { at, length };
  }

  /** The beginning of a text. */
  read({ at, length }: Text, most = 1 << 16): string {
    const bytes = this.source.read(at, Math.min(length, most));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  skip(bytes: number): void {
    this.#cursor.offset += bytes;
  }

  /** A whole number of a type; undefined for types that are none. Of a 64-bit one only what fits a number is exact. */
  number(type: number): number | undefined {
    const cursor = this.#cursor;
    switch (type) {
      case 0:
      case 7:
        return cursor.u8();
      case 1:
        return (cursor.u8() << 24) >> 24;
      case 2:
        return cursor.u16(this.little);
      case 3:
        return (cursor.u16(this.little) << 16) >> 16;
      case 4:
        return this.u32();
      case 5:
        return cursor.i32(this.little);
      case 10:
        return Number(this.u64());
      case 11:
        return Number(BigInt.asIntN(64, this.u64()));
      default:
        this.skip(SIZES[type] ?? 0);
        return undefined;
    }
  }

  malformed(what: string): Error {
    return this.#cursor.malformed(what);
  }
}

const shown = (count: number): string => (count === Infinity ? 'more than 2^53' : String(count));
