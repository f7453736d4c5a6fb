// The three ways in which R writes numbers and texts: big-endian (XDR), little-endian, and as lines of text.
import { Cursor } from '../../cursor.ts';
import type { Source } from '../../source.ts';

export type Writing = 'xdr' | 'little' | 'text';

const NEWLINE = 10;
const MOST_WORD = 400;
const NEAR = 1 << 12;

export class RInput {
  readonly cursor: Cursor;
  readonly #source: Source;
  readonly #writing: Writing;

  constructor(source: Source, offset: number, writing: Writing) {
    this.cursor = new Cursor(source, offset);
    this.#source = source;
    this.#writing = writing;
  }

  integer(): number {
    if (this.#writing !== 'text') return this.cursor.i32(this.#writing === 'little');
    const word = this.#word();
    if (word === 'NA') return -(2 ** 31);
    const value = Number(word);
    if (word === '' || !Number.isInteger(value)) throw this.cursor.malformed('a number is missing');
    return value;
  }

  /** The length of a vector: longer ones in two parts. */
  length(): number {
    const length = this.integer();
    if (length >= 0) return length;
    if (length !== -1) throw this.cursor.malformed('a length is negative');
    const [high, low] = [this.integer(), this.integer()];
    return high * 2 ** 32 + (low >>> 0);
  }

  /** Steps over so many numbers. */
  skip(count: number, width: number): void {
    if (this.#writing === 'text') {
      for (let at = 0; at < count; at++) if (this.#word() === '') throw this.cursor.malformed('a number is missing');
    } else this.#leap(count * width);
  }

  bytes(count: number): void {
    if (this.#writing === 'text') this.skip(count, 1);
    else this.#leap(count);
  }

  /** Text of so many bytes, of which up to `most` are kept. */
  text(length: number, most: number): string {
    if (length < 0) return '';
    if (this.#writing === 'text') {
      while (this.#isSpace()) this.cursor.skip(1);
      let text = '';
      for (let at = 0; at < length; at++) {
        let byte = this.cursor.u8();
        if (byte === 92) {
          const escaped = this.cursor.u8();
          if (escaped >= 48 && escaped < 56) {
            let octal = escaped - 48;
            for (let digit = 0; digit < 2; digit++) {
              const next = this.cursor.next();
              if (next >= 48 && next < 56) octal = octal * 8 + next - 48;
              else {
                this.cursor.skip(-1);
                break;
              }
            }
            byte = octal & 255;
          } else byte = escaped === 110 ? 10 : escaped === 116 ? 9 : escaped;
        }
        if (text.length < most) text += String.fromCharCode(byte);
      }
      return text;
    }
    const kept = Math.min(length, most);
    const text = Buffer.from(this.cursor.bytes(kept)).toString('utf8');
    this.#leap(length - kept);
    return text;
  }

  /** Steps over a text. */
  skipText(length: number): void {
    if (this.#writing === 'text') this.text(length, 0);
    else if (length > NEAR) this.#leap(length);
    // What is read next tells whether it was there.
    else if (length > 0) this.cursor.skip(length);
  }

  #isSpace(): boolean {
    const byte = this.cursor.next();
    if (byte !== -1) this.cursor.skip(-1);
    return byte === NEWLINE || byte === 32 || byte === 13 || byte === 9;
  }

  #word(): string {
    while (this.#isSpace()) this.cursor.skip(1);
    let word = '';
    for (let byte = this.cursor.next(); byte > 32; byte = this.cursor.next()) {
      word += String.fromCharCode(byte);
      if (word.length > MOST_WORD) throw this.cursor.malformed('a number does not end');
    }
    return word;
  }

  /** Behind what is skipped there must be something, or the end: a length that lies is told where it stands. */
  #leap(bytes: number): void {
    const { offset } = this.cursor;
    if (bytes > 0 && this.#source.read(offset + bytes - 1, 1).length === 0) {
      throw this.cursor.malformed(`${bytes} bytes should follow, and the file ends before`);
    }
    this.cursor.skip(bytes);
  }
}
