// GGUF: counts, strings, arrays and tensor places held against the file, every chat template looked at as a template.
// Source: ggml docs/gguf.md, version 3; sizes of types from ggml.h.
import { Cursor, Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { MemorySource } from '../../source.ts';

/** Bytes of a scalar, by its type. */
const SCALARS: Readonly<Record<number, number>> = {
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
const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;
/** Numbers of a block and the bytes that it takes, by type of tensor. */
const BLOCKS: Readonly<Record<number, readonly [numbers: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
};
const MOST_KEY = 65_535;
const MOST_DIMENSIONS = 4;
const MOST_TEMPLATE = 1 << 20;
/** Nested arrays: the format allows them, and nothing writes any. */
const MOST_DEPTH = 4;

/** A GGUF file under way: its byte order, its version's width of counts. */
class Reader {
  readonly cursor: Cursor;
  readonly little: boolean;
  readonly #wide: boolean;
  readonly #size: number;

  constructor(cursor: Cursor, little: boolean, version: number, size: number) {
    this.cursor = cursor;
    this.little = little;
    this.#wide = version > 1;
    this.#size = size;
  }

  /** A count of things of at least `least` bytes each, which must fit in what is left. */
  count(what: string, least: number): number {
    const at = this.cursor.offset;
    const count = this.#wide ? this.cursor.u64(this.little) : BigInt(this.cursor.u32(this.little));
    if (count * BigInt(least) > BigInt(this.#size - this.cursor.offset)) {
      throw new Malformed(`${what} is ${count}, more than the file holds`, at);
    }
    return Number(count);
  }

  text(what: string, most: number): string {
    const length = this.count(`the length of ${what}`, 1);
    if (length > most) {
      this.cursor.skip(length);
      return '';
    }
    return Buffer.from(this.cursor.bytes(length)).toString('utf8');
  }
}

/** Reads a value; a text is given to `onText`. Returns a number where it is a 32 bit one. */
function readValue(
  reader: Reader,
  type: number,
  look: Look,
  depth: number,
  onText: (text: string) => void,
): number | undefined {
  const { cursor } = reader;
  look.budget.step();
  if (type === STRING) {
    onText(reader.text('a text', MOST_TEMPLATE));
    return undefined;
  }
  if (type === ARRAY) {
    if (depth >= MOST_DEPTH) throw cursor.malformed('arrays nested too deep');
    const inner = cursor.u32(reader.little);
    const size = SCALARS[inner];
    const count = reader.count('the length of an array', size ?? (inner === ARRAY ? 12 : 8));
    if (size !== undefined) cursor.skip(count * size);
    else for (let i = 0; i < count; i++) readValue(reader, inner, look, depth + 1, onText);
    return undefined;
  }
  const size = SCALARS[type];
  if (size === undefined) throw cursor.malformed(`a value of the type ${type}, which there is not`);
  if (type === UINT32) return cursor.u32(reader.little);
  cursor.bytes(size);
  return undefined;
}

/** A tensor's place: offset from the beginning of the data, and its bytes (undefined for an unknown type). */
function readTensor(
  reader: Reader,
  names: Set<string>,
  look: Look,
): { name: string; offset: number; bytes: number | undefined } {
  const { cursor, little } = reader;
  look.budget.step(4);
  const name = reader.text('the name of a tensor', MOST_KEY);
  if (names.has(name))
    look.report('gguf.duplicate', { message: `the tensor ${name} is there twice`, offset: cursor.offset });
  names.add(name);
  const dimensions = cursor.u32(little);
  if (dimensions > MOST_DIMENSIONS) throw cursor.malformed(`the tensor ${name} has ${dimensions} dimensions`);
  let numbers = 1n;
  for (let i = 0; i < dimensions; i++) numbers *= cursor.u64(little);
  if (numbers >= 1n << 63n) throw cursor.malformed(`the tensor ${name} has ${numbers} numbers`);
  const block = BLOCKS[cursor.u32(little)];
  const offset = cursor.u64(little);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw cursor.malformed(`the tensor ${name} lies at ${offset}`);
  const bytes = block === undefined ? undefined : Math.ceil(Number(numbers) / block[0]) * block[1];
  return { name, offset: Number(offset), bytes };
}

export const GGUF: Format = {
  id: 'gguf',
  match: ({ text, extension }) =>
    text.startsWith('GGUF') || (extension === '.gguf' && /^(GGU|FUGG|gguf)/.test(text)) ? 'sure' : false,
  scan(source, look) {
    const cursor = new Cursor(source, 4);
    let little = true;
    let version = cursor.u32();
    if ((version & 0xffff) === 0) {
      little = false;
      cursor.offset = 4;
      version = cursor.u32(false);
    }
    if (version < 1 || version > 3) throw new Malformed(`the version ${version}`, 4);
    const reader = new Reader(cursor, little, version, source.size);
    const tensorCount = reader.count('the number of tensors', 24);
    const keyCount = reader.count('the number of keys', 13);
    const keys = new Set<string>();
    let alignment = 32;
    for (let i = 0; i < keyCount; i++) {
      const key = reader.text('a key', MOST_KEY);
      if (keys.has(key))
        look.report('gguf.duplicate', { message: `the key ${key} is there twice`, offset: cursor.offset });
      keys.add(key);
      const isTemplate = /chat_template/.test(key);
      const value = readValue(reader, cursor.u32(little), look, 0, (text) => {
        if (isTemplate && /[{][{%#]/.test(text)) look.member(`${key}.jinja`, new MemorySource(Buffer.from(text)));
      });
      if (key === 'general.alignment' && value !== undefined) alignment = value;
    }
    if (alignment === 0 || alignment % 8 !== 0) throw cursor.malformed(`an alignment of ${alignment}`);
    const names = new Set<string>();
    const tensors = Array.from({ length: tensorCount }, () => readTensor(reader, names, look));
    const data = Math.ceil(cursor.offset / alignment) * alignment;
    let free = 0;
    for (const { name, offset, bytes } of tensors.sort((a, b) => a.offset - b.offset)) {
      if (offset % alignment !== 0) throw new Malformed(`the tensor ${name} is not aligned`, data + offset);
      if (offset < free) throw new Malformed(`the tensor ${name} lies over another`, data + offset);
      if (data + offset + (bytes ?? 0) > source.size)
        throw new Malformed(`the tensor ${name} goes beyond the file`, data + offset);
      free = offset + (bytes ?? 0);
    }
  },
};
