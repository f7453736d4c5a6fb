// A place in a source that moves on as values are read: what binary formats are parsed with.
import type { Bytes } from './bytes.ts';

/** The source ended within a value, or a value is not what the format allows. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  /** Byte offset. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const WINDOW = 1 << 14;

export class Cursor {
  readonly source: Bytes;
  #window: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#window.buffer);
  #windowAt = 0;
  /** Offset of the next byte. */
  offset: number;

  constructor(source: Bytes, offset = 0) {
    this.source = source;
    this.offset = offset;
  }

  /** The next byte, or -1 at the end. */
  next(): number {
    const within = this.offset - this.#windowAt;
    if (within >= 0 && within < this.#window.length) {
      this.offset++;
      return this.#window[within]!;
    }
    return this.#has(1) ? this.#window[this.offset++ - this.#windowAt]! : -1;
  }

  u8(): number {
    return this.#take(1).getUint8(this.#last);
  }

  u16(little = true): number {
    return this.#take(2).getUint16(this.#last, little);
  }

  u32(little = true): number {
    return this.#take(4).getUint32(this.#last, little);
  }

  i32(little = true): number {
    return this.#take(4).getInt32(this.#last, little);
  }

  u64(little = true): bigint {
    return this.#take(8).getBigUint64(this.#last, little);
  }

  f64(little = true): number {
    return this.#take(8).getFloat64(this.#last, little);
  }

  /** A view of the next bytes. @throws Malformed when there are fewer; nothing of that size is allocated before it is known to be there */
  bytes(length: number): Uint8Array {
    if (length <= WINDOW) {
      const view = this.#take(length);
      return new Uint8Array(view.buffer, view.byteOffset + this.#last, length);
    }
    const bytes = this.source.read(this.offset, length);
    if (bytes.length < length) throw this.malformed(`ends ${length - bytes.length} bytes too early`);
    this.offset += length;
    return bytes;
  }

  skip(length: number): void {
    this.offset += length;
  }

  malformed(what: string): Malformed {
    return new Malformed(what, this.offset);
  }

  /** Where the value that was just taken begins in the window. */
  #last = 0;

  #take(length: number): DataView {
    const within = this.offset - this.#windowAt;
    if (!(within >= 0 && within + length <= this.#window.length) && !this.#has(length)) {
      throw this.malformed('ends within a value');
    }
    this.#last = this.offset - this.#windowAt;
    this.offset += length;
    return this.#view;
  }

  #has(length: number): boolean {
    this.#window = this.source.read(this.offset, Math.max(WINDOW, length));
    this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.byteLength);
    this.#windowAt = this.offset;
    return this.#window.length >= length;
  }
}
