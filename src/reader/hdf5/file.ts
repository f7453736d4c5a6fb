// An HDF5 file's own measures: how wide its addresses and lengths are, where they count from, and a cursor that reads them.
// Source: HDF5 File Format Specification, version 3.0.
import type { Bytes } from '../bytes.ts';
import { Cursor } from '../cursor.ts';

/** An address that leads nowhere. */
export const NOWHERE = -1;

export class Hdf5File {
  readonly bytes: Bytes;
  /** Bytes that an address and a length take. */
  readonly wide: number;
  readonly long: number;
  /** Where addresses count from. */
  readonly base: number;
  /** Called with the work that something was; throws where there was enough. */
  readonly step: (work: number) => void;

  constructor(bytes: Bytes, wide: number, long: number, base: number, step: (work: number) => void) {
    this.bytes = bytes;
    this.wide = wide;
    this.long = long;
    this.base = base;
    this.step = step;
  }

  /** A cursor at an address. */
  at(address: number): Hdf5Cursor {
    const cursor = new Hdf5Cursor(this, address === NOWHERE ? 0 : this.base + address);
    if (address === NOWHERE) throw cursor.malformed('an address leads nowhere');
    return cursor;
  }

  /** A cursor within bytes that were read already. */
  within(bytes: Uint8Array): Hdf5Cursor {
    const inner: Bytes = { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
    return new Hdf5Cursor(new Hdf5File(inner, this.wide, this.long, 0, this.step), 0);
  }
}

export class Hdf5Cursor extends Cursor {
  readonly #file: Hdf5File;

  constructor(file: Hdf5File, offset: number) {
    super(file.bytes, offset);
    this.#file = file;
  }

  /** An unsigned number of so many bytes; what is larger than any file is taken for the largest that is exact. */
  uint(bytes: number): number {
    const view = this.bytes(bytes);
    let value = 0;
    for (let at = bytes - 1; at >= 0; at--) value = value * 256 + view[at]!;
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  /** An address, or `NOWHERE`. */
  address(): number {
    const { wide } = this.#file;
    const view = this.bytes(wide);
    if (view.every((byte) => byte === 0xff)) return NOWHERE;
    this.offset -= wide;
    return this.uint(wide);
  }

  length(): number {
    return this.uint(this.#file.long);
  }

  /** @throws Malformed when other bytes stand here than the signature of a structure */
  signature(expected: string): void {
    const found = Buffer.from(this.bytes(expected.length)).toString('latin1');
    if (found !== expected) throw this.malformed(`${JSON.stringify(expected)} should stand here`);
  }

  /** Text up to a zero byte or the end of `most` bytes. */
  text(most = 4096): string {
    const { offset } = this;
    const bytes = this.source.read(offset, most);
    const zero = bytes.indexOf(0);
    const text = Buffer.from(bytes.subarray(0, zero === -1 ? bytes.length : zero)).toString('utf8');
    this.offset += zero === -1 ? bytes.length : zero + 1;
    return text;
  }
}
