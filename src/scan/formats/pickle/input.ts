// The bytes of a pickle as its opcodes take them: a window on the source, without a copy of anything long.
import type { Source } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';

const WINDOW = 1 << 16;
/** A text that is longer stays in the source. */
export const LONG = 1024;
const EMPTY = Buffer.alloc(0);

/** The source ended within an opcode. */
export class EndOfInput extends Error {
  override readonly name = 'EndOfInput';
}

export class Input {
  readonly source: Source;
  #window: Buffer = EMPTY;
  /** Offset of the window, and the place in it. */
  #base: number;
  #at = 0;

  constructor(source: Source, offset: number) {
    this.source = source;
    this.#base = offset;
  }

  /** Of the next byte. */
  get offset(): number {
    return this.#base + this.#at;
  }

  set offset(offset: number) {
    const within = offset - this.#base;
    if (within >= 0 && within <= this.#window.length) this.#at = within;
    else {
      this.#base = offset;
      this.#at = 0;
      this.#window = EMPTY;
    }
  }

  /** The next byte, or -1 at the end. */
  next(): number {
    if (this.#at < this.#window.length) return this.#window[this.#at++]!;
    return this.#fill(1) ? this.#window[this.#at++]! : -1;
  }

  /** The next byte, left where it is; -1 at the end. */
  peek(): number {
    return this.#at < this.#window.length || this.#fill(1) ? this.#window[this.#at]! : -1;
  }

  u8(): number {
    const at = this.#take(1);
    return this.#window[at]!;
  }

  u16(): number {
    const at = this.#take(2);
    return this.#window.readUInt16LE(at);
  }

  u32(): number {
    const at = this.#take(4);
    return this.#window.readUInt32LE(at);
  }

  i32(): number {
    const at = this.#take(4);
    return this.#window.readInt32LE(at);
  }

  /** Exact up to 2^53; what is more is more than any file has. */
  u64(): number {
    const at = this.#take(8);
    return this.#window.readUInt32LE(at) + this.#window.readUInt32LE(at + 4) * 2 ** 32;
  }

  f64(): number {
    const at = this.#take(8);
    return this.#window.readDoubleBE(at);
  }

  /** UTF-8; at most `LONG` bytes. */
  text(length: number): string {
    const at = this.#take(length);
    return this.#window.toString('utf8', at, at + length);
  }

  /** Latin-1; at most `LONG` bytes. */
  latin1(length: number): string {
    const at = this.#take(length);
    return this.#window.toString('latin1', at, at + length);
  }

  /** Passes over a stretch. @throws EndOfInput where the source has no more of it */
  skip(length: number): void {
    if (this.#at + length <= this.#window.length) {
      this.#at += length;
      return;
    }
    if (!this.has(length)) throw new EndOfInput();
    this.offset += length;
  }

  /** Whether so many bytes follow. The size of a compressed stream is not known before its end, and not asked for. */
  has(length: number): boolean {
    const end = this.offset + length;
    return this.source instanceof StreamSource ? length <= 0 || this.source.reaches(end - 1) : end <= this.source.size;
  }

  /** Another reader of the same source, at the same place. */
  fork(): Input {
    return new Input(this.source, this.offset);
  }

  /**
   * Up to the next newline, which is passed over and not returned, as Latin-1. Of a longer line the first `LONG` characters; where it
   * was one, `lineLength` tells.
   */
  line(): string {
    let kept = '';
    this.lineLength = 0;
    for (;;) {
      if (this.#at >= this.#window.length && !this.#fill(1)) {
        // Python's readers take what is there for a line.
        if (this.lineLength === 0) throw new EndOfInput();
        return kept;
      }
      const newline = this.#window.indexOf(10, this.#at);
      const end = newline === -1 ? this.#window.length : newline;
      if (kept.length < LONG)
        kept += this.#window.toString('latin1', this.#at, Math.min(end, this.#at + LONG - kept.length));
      this.lineLength += end - this.#at;
      this.#at = end;
      if (newline !== -1) {
        this.#at++;
        return kept;
      }
    }
  }

  lineLength = 0;

  /** Where the next `length` bytes lie in the window, which may be another one afterwards; passes over them. */
  #take(length: number): number {
    if (this.#at + length > this.#window.length && !this.#fill(length)) throw new EndOfInput();
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #fill(length: number): boolean {
    this.#base += this.#at;
    this.#at = 0;
    const bytes = this.source.read(this.#base, Math.max(WINDOW, length));
    this.#window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#window.length >= length;
  }
}
