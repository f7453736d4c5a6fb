// Values saved by R: walked item by item, so that a promise, which R would run, is found wherever it lies.
// Source: R Internals, 1.8 "Serialization Formats"; R source, serialize.c; CVE-2024-27322.
import { Cursor, Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';

const PROMISE = 5;
/** Kinds that have attributes, tag, head and tail. */
const PAIRS = new Set([2, 3, 5, 6, 17]);
const BYTE_CODE = 21;
const MOST_VECTOR = 2 ** 31;

/** Widths of vectors of plain values. */
const WIDTHS: Readonly<Record<number, number>> = { 10: 4, 13: 4, 14: 8, 15: 16, 24: 1 };

class Walk {
  readonly #cursor: Cursor;
  readonly #look: Look;

  constructor(cursor: Cursor, look: Look) {
    this.#cursor = cursor;
    this.#look = look;
  }

  #length(): number {
    const length = this.#cursor.i32(false);
    if (length >= 0) return length;
    if (length !== -1) throw this.#cursor.malformed('a negative length');
    const long = this.#cursor.u32(false) * 2 ** 32 + this.#cursor.u32(false);
    if (long > MOST_VECTOR) throw this.#cursor.malformed(`a vector of ${long}`);
    return long;
  }

  #skip(bytes: number): void {
    const cursor = this.#cursor;
    cursor.skip(bytes);
    if (bytes > 0 && cursor.source.read(cursor.offset - 1, 1).length === 0)
      throw cursor.malformed('a vector goes beyond the file');
  }

  /** Reads items, `count` of them, and whatever lies in them; a stack of its own, so that depth costs no calls. */
  run(): void {
    let open = 1;
    while (open > 0) {
      open--;
      this.#look.budget.step();
      const offset = this.#cursor.offset;
      const flags = this.#cursor.u32(false);
      const kind = flags & 0xff;
      const hasAttributes = (flags & 0x200) !== 0;
      const hasTag = (flags & 0x400) !== 0;
      if (kind === PROMISE) {
        this.#look.report('rds.promise', {
          message: 'holds a promise: code that runs when its value is looked at',
          capability: 'execute',
          offset,
        });
      }
      if (PAIRS.has(kind)) open += 2 + (hasAttributes ? 1 : 0) + (hasTag ? 1 : 0);
      else if (kind === 4) {
        // An environment: locked, then enclosure, frame, table, attributes.
        this.#cursor.i32(false);
        open += 4;
      } else if (kind === 1) {
        open++;
      } else if (kind === 9) {
        const length = this.#cursor.i32(false);
        if (length > 0) this.#skip(length);
      } else if (kind === 255) {
        if (flags >>> 8 === 0) this.#cursor.i32(false);
      } else if (kind === 16 || kind === 19 || kind === 20) {
        const length = this.#length();
        if (length > this.#look.budget.steps) throw this.#cursor.malformed(`a list of ${length}`);
        open += length + (hasAttributes ? 1 : 0);
      } else if (WIDTHS[kind] !== undefined) {
        this.#skip(this.#length() * WIDTHS[kind]);
        if (hasAttributes) open++;
      } else if (kind === 8 || kind === 7) {
        // A function of R's own, by name.
        this.#skip(Math.max(0, this.#cursor.i32(false)));
      } else if (kind === 22) {
        open += 2 + (hasAttributes ? 1 : 0);
      } else if (kind === 23 || kind === 25) {
        if (hasAttributes) open++;
      } else if (kind === 248 || kind === 249 || kind === 250) {
        // A package, a namespace or a persistent name: a count of texts behind a zero.
        this.#cursor.i32(false);
        open += this.#cursor.i32(false);
      } else if (kind === 238) open += 3;
      else if (kind === BYTE_CODE || kind === 239 || kind === 240 || kind === 243 || kind === 244) {
        this.#look.unseen('holds byte code of R, which is not followed');
        return;
      } else if (!(
        kind === 0 ||
        kind === 254 ||
        kind === 253 ||
        kind === 252 ||
        kind === 251 ||
        kind === 247 ||
        kind === 242 ||
        kind === 241
      )) {
        throw new Malformed(`an item of the kind ${kind}`, offset);
      }
    }
  }
}

export const RDS: Format = {
  id: 'rds',
  match: ({ text }) => (/^(RD[AX][23]\n)?X\n\0\0\0[\x02\x03]\0/.test(text) ? 'sure' : false),
  scan(source, look) {
    const cursor = new Cursor(source);
    if (source.read(0, 2)[0] === 0x52) cursor.skip(5);
    cursor.skip(2);
    const version = cursor.u32(false);
    cursor.skip(8);
    if (version === 3) cursor.skip(cursor.u32(false));
    new Walk(cursor, look).run();
  },
};
