// JSON of any size as a tree, read the way Python's reader does: NaN and twice-given members are taken, UTF-16 is known. What
// is broken is told beside what was read up to there, and long rows of plain values are counted rather than kept.
import type { Bytes } from './bytes.ts';

export interface JsonObject {
  readonly kind: 'object';
  /** Byte offset of its brace. */
  readonly at: number;
  /** In the order of the text; a name may stand there twice. */
  readonly entries: (readonly [name: string, value: JsonTree])[];
}

export interface JsonList {
  readonly kind: 'list';
  readonly at: number;
  readonly items: JsonTree[];
}

export type JsonTree = string | number | boolean | null | JsonObject | JsonList;

export const isJsonObject = (value: JsonTree | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && value.kind === 'object';

export interface JsonRead {
  readonly value: JsonTree | undefined;
  /** Behind the value. */
  readonly end: number;
  /** Where and why it could not be read on; the tree is what was read before. */
  readonly broken?: { readonly at: number; readonly why: string };
  /** Whether something was left out of the tree that could matter. */
  readonly cut: boolean;
}

export interface JsonTreeBounds {
  /** Called for every value with the work it was. Throws where there was enough. */
  readonly step: (work: number) => void;
  /** Values that are kept; default 300,000. */
  readonly nodes?: number;
  /** Deepest nesting; default 900, about what Python's reader takes. */
  readonly depth?: number;
}

const BLOCK = 1 << 18;
/** Of a longer string only its beginning is kept. */
const MOST_STRING = 8 << 20;
/** Plain values of one list or object that are kept. */
const MOST_PLAIN = 10_000;
const MOST_WIDE = 16 << 20;

class Broken extends Error {
  readonly at: number;
  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

/** As many values as are kept were read. */
class Enough extends Error {}

/** Text of UTF-16 or UTF-32, as UTF-8: the byte pattern of the first characters tells, as RFC 4627 has it. */
function narrow(bytes: Bytes): Bytes | undefined {
  const head = bytes.read(0, 4);
  const [a = 1, b = 1, c = 1, d = 1] = head;
  let coding: string | undefined;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a !== 0 && b === 0 && c === 0 && d === 0)) coding = '32le';
  else if ((a === 0 && b === 0 && c === 0xfe && d === 0xff) || (a === 0 && b === 0 && c === 0 && d !== 0))
    coding = '32be';
  else if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) coding = 'utf-16le';
  else if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0)) coding = 'utf-16be';
  if (coding === undefined) return undefined;
  const all = bytes.read(0, Math.min(bytes.size, MOST_WIDE));
  let text: string;
  if (coding.startsWith('32')) {
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const points: string[] = [];
    for (let at = 0; at + 4 <= all.length; at += 4) {
      const point = view.getUint32(at, coding === '32le');
      points.push(point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd');
    }
    text = points.join('');
  } else text = new TextDecoder(coding).decode(all);
  const utf8 = Buffer.from(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  return { size: utf8.length, read: (offset, length) => utf8.subarray(offset, offset + length) };
}

class Reader {
  readonly #bytes: Bytes;
  #block: Buffer = Buffer.alloc(0);
  #from = 0;
  at: number;
  longCut = false;

  constructor(bytes: Bytes, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The byte at `at`, or -1. */
  peek(): number {
    const within = this.at - this.#from;
    if (within >= 0 && within < this.#block.length) return this.#block[within]!;
    this.#load(this.at, BLOCK);
    return this.#block.length > 0 ? this.#block[0]! : -1;
  }

  /** The next byte that is no white space, or -1; `at` stands on it. */
  solid(): number {
    for (;;) {
      const byte = this.peek();
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte;
      this.at++;
    }
  }

  /** A string; `at` stands on its first quote, and then behind its last. */
  string(): string {
    const start = this.at + 1;
    let kept: string | undefined;
    if (start < this.#from || start >= this.#from + this.#block.length) this.#load(start, BLOCK);
    for (let from = start, size = BLOCK; ;) {
      const end = this.#block.length === 0 ? -1 : this.#quote(from - this.#from);
      if (end !== -1) {
        this.at = this.#from + end + 1;
        return kept ?? this.#text(start - this.#from, end);
      }
      const reached = this.#from + this.#block.length;
      if (this.#block.length === 0 || reached >= this.#bytes.size) throw new Broken('a string does not end', start);
      if (kept === undefined && size < MOST_STRING) {
        // Read again from its beginning, with room for more of it.
        size = Math.min(size * 4, MOST_STRING);
        this.#load(start, size);
        from = start;
      } else {
        kept ??= this.#text(start - this.#from, this.#block.length);
        this.longCut = true;
        from = reached - this.#slashes();
        this.#load(from, MOST_STRING);
      }
    }
  }

  /** Offset of the closing quote in the block at or behind `from`, or -1. */
  #quote(from: number): number {
    for (let at = from; ;) {
      const quote = this.#block.indexOf(34, at);
      if (quote === -1) return -1;
      let slash = quote - 1;
      while (slash >= from && this.#block[slash] === 92) slash--;
      if ((quote - slash) % 2 === 1) return quote;
      at = quote + 1;
    }
  }

  /** Whether the block ends within an escape: that backslash is looked at again with what follows it. */
  #slashes(): number {
    let count = 0;
    while (count < this.#block.length - 1 && this.#block[this.#block.length - 1 - count] === 92) count++;
    return count % 2;
  }

  #text(from: number, to: number): string {
    const text = this.#block.toString('utf8', from, to);
    if (!text.includes('\\')) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      return text;
    }
  }

  /** Letters, digits and signs up to the next mark. */
  word(): string {
    let text = '';
    for (;;) {
      const byte = this.peek();
      const inWord =
        (byte >= 48 && byte <= 57) ||
        (byte >= 65 && byte <= 90) ||
        (byte >= 97 && byte <= 122) ||
        byte === 43 ||
        byte === 45 ||
        byte === 46;
      if (!inWord || text.length > 400) return text;
      text += String.fromCharCode(byte);
      this.at++;
    }
  }

  #load(from: number, size: number): void {
    const bytes = this.#bytes.read(from, size);
    this.#block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#from = from;
  }
}

const WORDS: Readonly<Record<string, JsonTree>> = {
  true: true,
  false: false,
  null: null,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
};

function plain(reader: Reader): JsonTree {
  const at = reader.at;
  const word = reader.word();
  const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (known !== undefined) return known;
  const number = word === '' ? NaN : Number(word);
  if (Number.isNaN(number)) throw new Broken('no value stands here', at);
  return number;
}

/**
 * Reads one JSON value.
 * @param from - where it begins
 * @throws what `bounds.step` throws
 */
export function readJsonTree(outer: Bytes, bounds: JsonTreeBounds, from = 0): JsonRead {
  const bytes = (from === 0 ? narrow(outer) : undefined) ?? outer;
  const { step, nodes = 300_000, depth = 900 } = bounds;
  const [first, second, third] = from === 0 ? bytes.read(0, 3) : [];
  const reader = new Reader(bytes, first === 0xef && second === 0xbb && third === 0xbf ? 3 : from);
  const stack: { readonly in: JsonObject | JsonList; name: string; plain: number }[] = [];
  let kept = 0;
  let root: JsonTree | undefined;

  /** Puts a finished or opened value into the one around it. */
  const put = (value: JsonTree): void => {
    const top = stack.at(-1);
    if (top === undefined) {
      root = value;
      return;
    }
    const isPlain = typeof value !== 'object' || value === null;
    const droppable = isPlain && (top.in.kind === 'list' || typeof value !== 'string');
    if (droppable && ++top.plain > MOST_PLAIN) return;
    if (++kept > nodes) throw new Enough();
    if (top.in.kind === 'list') top.in.items.push(value);
    else top.in.entries.push([top.name, value]);
  };

  try {
    for (;;) {
      step(1);
      // A value.
      const byte = reader.solid();
      const at = reader.at;
      if (byte === 123 || byte === 91) {
        if (stack.length >= depth) throw new Broken(`it is nested more than ${depth} deep`, at);
        const opened: JsonObject | JsonList =
          byte === 123 ? { kind: 'object', at, entries: [] } : { kind: 'list', at, items: [] };
        put(opened);
        stack.push({ in: opened, name: '', plain: 0 });
        reader.at++;
        if (byte === 91 && reader.solid() !== 93) continue;
        if (byte === 123 && reader.solid() !== 125) {
          member(reader, stack.at(-1)!);
          continue;
        }
        reader.at++;
        stack.pop();
      } else if (byte === 34) put(reader.string());
      else put(plain(reader));
      // Behind a value: more of what it stands in, or the end of that.
      for (;;) {
        const top = stack.at(-1);
        if (top === undefined) return { value: root, end: reader.at, cut: reader.longCut };
        const mark = reader.solid();
        const isList = top.in.kind === 'list';
        if (mark === 44) {
          reader.at++;
          if (!isList) member(reader, top);
          break;
        }
        if (mark !== (isList ? 93 : 125)) throw new Broken('a comma or a closing bracket is missing', reader.at);
        reader.at++;
        stack.pop();
        kept -= dropRow(top.in, stack.at(-1)?.in);
      }
    }
  } catch (thrown) {
    if (thrown instanceof Enough) return { value: root, end: reader.at, cut: true };
    if (!(thrown instanceof Broken)) throw thrown;
    return { value: root, end: thrown.at, broken: { at: thrown.at, why: thrown.message }, cut: reader.longCut };
  }
}

/** Takes a row of plain values out of a list of very many (merges of a tokenizer). @returns the number of values that it was */
function dropRow(row: JsonObject | JsonList, outer: JsonObject | JsonList | undefined): number {
  if (row.kind !== 'list' || outer?.kind !== 'list' || outer.items.length <= MOST_PLAIN) return 0;
  if (row.items.some((item) => typeof item === 'object' && item !== null)) return 0;
  outer.items.pop();
  return 1 + row.items.length;
}

/** A member's name and the colon behind it. */
function member(reader: Reader, top: { name: string }): void {
  if (reader.solid() !== 34) throw new Broken('a name is missing', reader.at);
  top.name = reader.string();
  if (reader.solid() !== 58) throw new Broken('a colon is missing', reader.at);
  reader.at++;
}
