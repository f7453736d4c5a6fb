// Deflate streams, and what gzip and zlib put around them, decoded piece by piece. They end exactly where they end, so that
// what lies behind is known: another stream, or something that hides there. Checksums are not held against what is decoded.
// Source: RFC 1950, 1951 and 1952; deflate64 as in 7-Zip's description of it (a window of 64 KB, three codes that differ).
import type { ByteReader } from './lzma.ts';

/** A stream that is no deflate, or breaks off. */
export class InflateFault extends Error {
  override readonly name = 'InflateFault';
}

const PIECE = 1 << 16;
const NOTHING = new Uint8Array(0);
/** Bits that a code is looked up by at once; longer codes are followed bit by bit. */
const FAST = 10;
const LONGEST = 15;
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END = 256;

interface Table {
  /** Symbol and length of a short code, by the bits as they come; 0 where there is none. */
  readonly fast: Uint16Array;
  /** Codes of each length, and the symbols in their order. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

class Bits {
  readonly #input: ByteReader;
  #held = 0;
  #count = 0;
  /** Bytes behind the end of the input that are held as zeros. */
  #absent = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  /** The next bits, at most 16, left where they are. */
  peek(count: number): number {
    while (this.#count < count) {
      const byte = this.#input.next();
      if (byte === -1) this.#absent++;
      else this.#held |= byte << this.#count;
      this.#count += 8;
    }
    return this.#held & ((1 << count) - 1);
  }

  drop(count: number): void {
    this.#held >>>= count;
    this.#count -= count;
    if (this.#count < this.#absent * 8) throw new InflateFault('the stream breaks off');
  }

  read(count: number): number {
    const value = this.peek(count);
    this.drop(count);
    return value;
  }

  /** Leaves the rest of a byte. */
  align(): void {
    this.drop(this.#count % 8);
  }

  /** Whole bytes that were taken from the input and not used. */
  get surplus(): number {
    return (this.#count >> 3) - this.#absent;
  }

  symbol({ fast, counts, symbols }: Table): number {
    const entry = fast[this.peek(FAST)]!;
    if (entry !== 0) {
      this.drop(entry & 15);
      return entry >> 4;
    }
    const bits = this.peek(LONGEST);
    let code = 0;
    let first = 0;
    let placed = 0;
    for (let length = 1; length <= LONGEST; length++) {
      code |= (bits >> (length - 1)) & 1;
      const count = counts[length]!;
      if (code - first < count) {
        this.drop(length);
        return symbols[placed + code - first]!;
      }
      placed += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateFault('a code that stands for nothing');
  }
}

function toTable(lengths: Uint8Array): Table {
  const counts = new Uint16Array(LONGEST + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const places = new Uint16Array(LONGEST + 2);
  const codes = new Uint16Array(LONGEST + 2);
  let room = 1;
  for (let length = 1; length <= LONGEST; length++) {
    room = room * 2 - counts[length]!;
    if (room < 0) throw new InflateFault('more codes than there is room for');
    places[length + 1] = places[length]! + counts[length]!;
    codes[length + 1] = (codes[length]! + counts[length]!) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const fast = new Uint16Array(1 << FAST);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    symbols[places[length]!++] = symbol;
    const code = codes[length]!++;
    if (length > FAST) return;
    let turned = 0;
    for (let bit = 0; bit < length; bit++) turned |= ((code >> bit) & 1) << (length - 1 - bit);
    for (; turned < 1 << FAST; turned += 1 << length) fast[turned] = (symbol << 4) | length;
  });
  return { fast, counts, symbols };
}

const FIXED: readonly [Table, Table] = [
  toTable(Uint8Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8))),
  toTable(new Uint8Array(32).fill(5)),
];

/** Least value of each code, and bits that are added to it. */
interface Ranges {
  readonly base: readonly number[];
  readonly extra: readonly number[];
}

/** Codes whose extra bits grow by one each `group` codes. */
function toRanges(first: number, codes: number, group: number): Ranges {
  const base: number[] = [];
  const extra: number[] = [];
  for (let code = 0, next = first; code < codes; code++) {
    const bits = Math.max(0, Math.floor(code / group) - 1);
    base.push(next);
    extra.push(bits);
    next += 1 << bits;
  }
  return { base, extra };
}

const DISTANCES = toRanges(1, 32, 2);
const lengths = toRanges(3, 28, 4);
const LENGTHS: Ranges = { base: [...lengths.base, 258], extra: [...lengths.extra, 0] };
/** Deflate64 gives the last code of a length 16 bits of its own. */
const WIDE_LENGTHS: Ranges = { base: [...lengths.base, 3], extra: [...lengths.extra, 16] };

/** What was decoded lately, and the part of it that was not given away yet. */
class Output {
  readonly #reach: number;
  readonly #limit: number;
  readonly bytes: Uint8Array;
  at = 0;
  #from = 0;

  constructor(reach: number, longest: number) {
    this.#reach = reach;
    this.#limit = reach + PIECE;
    this.bytes = new Uint8Array(this.#limit + longest);
  }

  get isFull(): boolean {
    return this.at >= this.#limit;
  }

  copy(distance: number, length: number): void {
    if (distance > this.at || distance > this.#reach) throw new InflateFault('looks back before the beginning');
    const { bytes, at } = this;
    const end = at + length;
    if (distance === 1) bytes.fill(bytes[at - 1]!, at, end);
    else if (distance >= length) bytes.copyWithin(at, at - distance, end - distance);
    else for (let to = at; to < end; to++) bytes[to] = bytes[to - distance]!;
    this.at = end;
  }

  /** What was not given away yet; what may still be looked back to is kept. */
  take(): Uint8Array {
    const piece = this.bytes.slice(this.#from, this.at);
    if (this.at > this.#reach) {
      this.bytes.copyWithin(0, this.at - this.#reach, this.at);
      this.at = this.#reach;
    }
    this.#from = this.at;
    return piece;
  }
}

function readTables(bits: Bits): readonly [Table, Table] {
  const [literals, distances, count] = [bits.read(5) + 257, bits.read(5) + 1, bits.read(4) + 4];
  const order = new Uint8Array(19);
  for (let at = 0; at < count; at++) order[ORDER[at]!] = bits.read(3);
  const table = toTable(order);
  const all = new Uint8Array(literals + distances);
  for (let at = 0; at < all.length;) {
    const symbol = bits.symbol(table);
    if (symbol < 16) {
      all[at++] = symbol;
      continue;
    }
    if (symbol === 16 && at === 0) throw new InflateFault('repeats a length that is not there');
    const value = symbol === 16 ? all[at - 1]! : 0;
    const times = symbol === 16 ? 3 + bits.read(2) : symbol === 17 ? 3 + bits.read(3) : 11 + bits.read(7);
    if (at + times > all.length) throw new InflateFault('more lengths than codes');
    all.fill(value, at, at + times);
    at += times;
  }
  return [toTable(all.subarray(0, literals)), toTable(all.subarray(literals))];
}

/** Decodes until the block ends or the output is full. @returns whether the block ended */
function decodeBlock(bits: Bits, out: Output, [literals, distances]: readonly [Table, Table], ranges: Ranges): boolean {
  const { bytes } = out;
  while (!out.isFull) {
    const symbol = bits.symbol(literals);
    if (symbol < END) {
      bytes[out.at++] = symbol;
      continue;
    }
    if (symbol === END) return true;
    const length = ranges.base[symbol - 257];
    if (length === undefined) throw new InflateFault('a length that stands for nothing');
    const more = bits.read(ranges.extra[symbol - 257]!);
    const code = bits.symbol(distances);
    out.copy(DISTANCES.base[code]! + bits.read(DISTANCES.extra[code]!), length + more);
  }
  return false;
}

function* decodeBits(bits: Bits, wide: boolean): Generator<Uint8Array> {
  const out = wide ? new Output(1 << 16, 3 + (1 << 16)) : new Output(1 << 15, 258);
  for (let last = false; !last;) {
    last = bits.read(1) === 1;
    const kind = bits.read(2);
    if (kind === 3) throw new InflateFault('no such block');
    if (kind === 0) {
      bits.align();
      const length = bits.read(16);
      if ((length ^ bits.read(16)) !== 0xffff) throw new InflateFault('a block with two lengths');
      for (let at = 0; at < length; at++) {
        out.bytes[out.at++] = bits.read(8);
        if (out.isFull) yield out.take();
      }
      continue;
    }
    // Codes take as long to build as a piece to unpack: whoever counts pieces counts them as well.
    if (kind === 2) yield NOTHING;
    const tables = kind === 1 ? FIXED : readTables(bits);
    while (!decodeBlock(bits, out, tables, wide ? WIDE_LENGTHS : LENGTHS)) yield out.take();
    if (out.isFull) yield out.take();
  }
  yield out.take();
  bits.align();
}

/**
 * A bare deflate stream.
 * @param wide - deflate64
 * @returns bytes that were taken from the input and lie behind the stream
 * @throws InflateFault
 */
export function* decodeDeflate(input: ByteReader, wide = false): Generator<Uint8Array, number> {
  const bits = new Bits(input);
  yield* decodeBits(bits, wide);
  return bits.surplus;
}

/** A stream of zlib. @returns as `decodeDeflate`. @throws InflateFault */
export function* decodeZlib(input: ByteReader): Generator<Uint8Array, number> {
  const bits = new Bits(input);
  const header = bits.read(8) * 256 + bits.read(8);
  if ((header & 0xf00) !== 0x800 || header % 31 !== 0) throw new InflateFault('no zlib');
  if ((header & 0x20) !== 0) throw new InflateFault('a dictionary that is not there');
  yield* decodeBits(bits, false);
  for (let at = 0; at < 4; at++) bits.read(8);
  return bits.surplus;
}

/** A member of a gzip file, which may hold several one behind the other. @returns as `decodeDeflate`. @throws InflateFault */
export function* decodeGzip(input: ByteReader): Generator<Uint8Array, number> {
  const bits = new Bits(input);
  if (bits.read(8) !== 0x1f || bits.read(8) !== 0x8b || bits.read(8) !== 8) throw new InflateFault('no gzip');
  const flags = bits.read(8);
  for (let at = 0; at < 6; at++) bits.read(8);
  if ((flags & 4) !== 0) for (let length = bits.read(16); length > 0; length--) bits.read(8);
  // A name and a comment, each up to a zero.
  for (const flag of [8, 16]) if ((flags & flag) !== 0) while (bits.read(8) !== 0);
  if ((flags & 2) !== 0) bits.read(16);
  yield* decodeBits(bits, false);
  for (let at = 0; at < 8; at++) bits.read(8);
  return bits.surplus;
}
