// Flatbuffers read within the file, without their compiler: tables, and the vectors and texts in their fields.
// Source: flatbuffers.dev, "FlatBuffers binary format".
import type { Budget } from '../../budget.ts';
import { Malformed } from '../../cursor.ts';
import type { Source } from '../../source.ts';

const MOST_TEXT = 4096;

/** Every offset goes forward, so there are no loops; what lies outside of the file is malformed. */
export class Flatbuffer {
  readonly #source: Source;
  readonly #budget: Budget;

  constructor(source: Source, budget: Budget) {
    this.#source = source;
    this.#budget = budget;
  }

  #view(at: number, length: number): DataView {
    this.#budget.step();
    const bytes = at < 0 ? new Uint8Array() : this.#source.read(at, length);
    if (bytes.length < length) throw new Malformed('an offset goes beyond the file', Math.max(0, at));
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  #u32(at: number): number {
    return this.#view(at, 4).getUint32(0, true);
  }

  /** Where the first table lies. @throws Malformed */
  root(): number {
    return this.#u32(0);
  }

  /** Where a table's field lies; undefined where it is left out. */
  #field(table: number, index: number): number | undefined {
    const layout = table - this.#view(table, 4).getInt32(0, true);
    const size = this.#view(layout, 2).getUint16(0, true);
    if (4 + 2 * index + 2 > size) return undefined;
    const offset = this.#view(layout + 4 + 2 * index, 2).getUint16(0, true);
    return offset === 0 ? undefined : table + offset;
  }

  /** A number of 32 bits; 0 where it is left out. @throws Malformed */
  number(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === undefined ? 0 : this.#u32(at);
  }

  /** A number of 64 bits, rounded beyond 2^53; 0 where it is left out. @throws Malformed */
  u64(table: number, index: number): number {
    const at = this.#field(table, index);
    return at === undefined ? 0 : Number(this.#view(at, 8).getBigUint64(0, true));
  }

  /** The beginning and count of a vector. */
  #vector(table: number, index: number, width: number): { readonly start: number; readonly count: number } | undefined {
    const at = this.#field(table, index);
    if (at === undefined) return undefined;
    const start = at + this.#u32(at);
    const count = this.#u32(start);
    if (count * width > this.#source.size - start - 4) throw new Malformed('a vector longer than the file', start);
    return { start: start + 4, count };
  }

  /** The place of a vector of bytes. @throws Malformed */
  bytes(table: number, index: number): { readonly start: number; readonly length: number } | undefined {
    const vector = this.#vector(table, index, 1);
    return vector && { start: vector.start, length: vector.count };
  }

  /** A text, its first 4096 bytes. @throws Malformed */
  text(table: number, index: number): string | undefined {
    const vector = this.#vector(table, index, 1);
    return vector && Buffer.from(this.#source.read(vector.start, Math.min(vector.count, MOST_TEXT))).toString('utf8');
  }

  /** Numbers of 32 bits with a sign, the first thousand. @throws Malformed */
  numbers(table: number, index: number): number[] {
    const vector = this.#vector(table, index, 4);
    if (vector === undefined) return [];
    const count = Math.min(vector.count, 1000);
    const view = this.#view(vector.start, 4 * count);
    return Array.from({ length: count }, (_, at) => view.getInt32(4 * at, true));
  }

  /** The tables of a vector. @throws Malformed */
  *tables(table: number, index: number): Generator<number> {
    const vector = this.#vector(table, index, 4);
    if (vector === undefined) return;
    for (let i = 0; i < vector.count; i++) {
      const at = vector.start + 4 * i;
      yield at + this.#u32(at);
    }
  }
}
