// bzip2 streams, decoded a block at a time; checksums are not held against what is decoded.
// Source: Julian Seward's bzip2 1.0.8; "bzip2 Format Specification" (Joe Tsai, 2016).
import type { ByteReader } from './lzma.ts';

/** A stream that is no bzip2, or breaks off. */
export class Bzip2Fault extends Error {
  override readonly name = 'Bzip2Fault';
}

const BLOCK_SIGN = 0x314159265359;
const END_SIGN = 0x177245385090;
const GROUP = 50;
const MOST_BITS = 20;

class Bits {
  readonly #input: ByteReader;
  #held = 0;
  #count = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  /** @param count - at most 24 */
  read(count: number): number {
    while (this.#count < count) {
      const byte = this.#input.next();
      if (byte === -1) throw new Bzip2Fault('the stream breaks off');
      this.#held = ((this.#held & 0xffffff) << 8) | byte;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }

  /** Leaves the rest of a byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }
}

/** Codes of one table by their length: the least code, its place among the symbols, and the symbols in order. */
interface Table {
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
  readonly least: number;
}

function readTable(bits: Bits, count: number): Table {
  const lengths = new Uint8Array(count);
  let length = bits.read(5);
  for (let symbol = 0; symbol < count; symbol++) {
    while (bits.read(1) === 1) {
      length += bits.read(1) === 1 ? -1 : 1;
      if (length < 1 || length > MOST_BITS) throw new Bzip2Fault('a code of an impossible length');
    }
    if (length < 1 || length > MOST_BITS) throw new Bzip2Fault('a code of an impossible length');
    lengths[symbol] = length;
  }
  const symbols = new Uint16Array(count);
  const limit = new Int32Array(MOST_BITS + 2).fill(-1);
  const base = new Int32Array(MOST_BITS + 2);
  let code = 0;
  let placed = 0;
  const least = lengths.reduce((a, b) => Math.min(a, b), MOST_BITS);
  for (let size = 1; size <= MOST_BITS; size++) {
    base[size] = placed - code;
    for (let symbol = 0; symbol < count; symbol++) {
      if (lengths[symbol] !== size) continue;
      symbols[placed++] = symbol;
      code++;
    }
    limit[size] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols, least };
}

function readSymbol(bits: Bits, { limit, base, symbols, least }: Table): number {
  let code = bits.read(least);
  for (let size = least; size <= MOST_BITS; size++) {
    if (code <= limit[size]!) return symbols[base[size]! + code]!;
    code = (code << 1) | bits.read(1);
  }
  throw new Bzip2Fault('a code that stands for nothing');
}

/** The bytes that a block uses, in order. */
function readAlphabet(bits: Bits): number[] {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) if ((columns >> (15 - column)) & 1) used.push(row * 16 + column);
  }
  return used;
}

function readSelectors(bits: Bits, tables: number): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  const order = Array.from({ length: tables }, (_, i) => i);
  for (let i = 0; i < selectors.length; i++) {
    let at = 0;
    while (bits.read(1) === 1) if (++at >= tables) throw new Bzip2Fault('a table that is not there');
    const [table] = order.splice(at, 1);
    order.unshift(table!);
    selectors[i] = table!;
  }
  return selectors;
}

/** Room for a block, which grows up to the most that it may have: a small file may have very many small ones. */
class Room {
  readonly most: number;
  block = new Uint32Array(1 << 12);

  constructor(most: number) {
    this.most = most;
  }

  fit(length: number): void {
    if (length > this.most) throw new Bzip2Fault('a block longer than it may be');
    if (length <= this.block.length) return;
    const more = new Uint32Array(Math.min(this.most, length * 4));
    more.set(this.block);
    this.block = more;
  }
}

/** A block up to the first run-length coding. */
function readBlock(bits: Bits, room: Room): Uint8Array {
  const { most } = room;
  bits.read(16);
  bits.read(16);
  if (bits.read(1) === 1) throw new Bzip2Fault('a block of the randomised kind, which nothing writes any more');
  const origin = bits.read(24);
  const order = Uint8Array.from(readAlphabet(bits));
  const tableCount = bits.read(3);
  if (order.length === 0 || tableCount < 2 || tableCount > 6) throw new Bzip2Fault('a block of an impossible form');
  const end = order.length + 1;
  const selectors = readSelectors(bits, tableCount);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, order.length + 2));
  const counts = new Int32Array(256);
  let length = 0;
  let run = 0;
  let weight = 1;
  const put = (byte: number, times: number): void => {
    room.fit(length + times);
    room.block.fill(byte, length, length + times);
    counts[byte]! += times;
    length += times;
  };
  for (let read = 0; ; read++) {
    const table = tables[selectors[Math.floor(read / GROUP)] ?? -1];
    if (table === undefined) throw new Bzip2Fault('a table that is not there');
    const symbol = readSymbol(bits, table);
    if (symbol < 2) {
      run += weight << symbol;
      weight *= 2;
      if (run > most) throw new Bzip2Fault('a block longer than it may be');
      continue;
    }
    if (run > 0) put(order[0]!, run);
    run = 0;
    weight = 1;
    if (symbol === end) break;
    const byte = order[symbol - 1]!;
    order.copyWithin(1, 0, symbol - 1);
    order[0] = byte;
    if (length === room.block.length) room.fit(length + 1);
    room.block[length++] = byte;
    counts[byte]!++;
  }
  return invert(room.block, length, counts, origin);
}

/** The inverse of the Burrows-Wheeler transform. */
function invert(block: Uint32Array, length: number, counts: Int32Array, origin: number): Uint8Array {
  if (origin >= length) throw new Bzip2Fault('a block that begins nowhere');
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte]!;
    counts[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) {
    const place = counts[block[at]! & 0xff]!++;
    block[place] = (block[place]! & 0xff) | (at << 8);
  }
  const out = new Uint8Array(length);
  let at = block[origin]! >>> 8;
  for (let i = 0; i < length; i++) {
    const entry = block[at]!;
    out[i] = entry & 0xff;
    at = entry >>> 8;
  }
  return out;
}

/** Undoes the first run-length coding: four equal bytes are followed by how many more there are. */
function* expand(block: Uint8Array): Generator<Uint8Array> {
  let out = new Uint8Array(Math.min(1 << 16, block.length * 64));
  let length = 0;
  let same = 0;
  let last = -1;
  for (const byte of block) {
    const times = same === 4 ? byte : 1;
    const value = same === 4 ? last : byte;
    if (length + times > out.length) {
      yield out.subarray(0, length);
      out = new Uint8Array(1 << 16);
      length = 0;
    }
    if (times === 1) out[length++] = value;
    else {
      out.fill(value, length, length + times);
      length += times;
    }
    same = same === 4 ? 0 : byte === last ? same + 1 : 1;
    last = same === 0 ? -1 : byte;
  }
  yield out.subarray(0, length);
}

/** A stream of the kind `.bz2`; a file may hold several one behind the other. @throws Bzip2Fault */
export function* decodeBzip2(input: ByteReader): Generator<Uint8Array> {
  const bits = new Bits(input);
  const sign = bits.read(24);
  const level = bits.read(8) - 0x30;
  if (sign !== 0x425a68 || level < 1 || level > 9) throw new Bzip2Fault('no .bz2');
  const room = new Room(level * 100_000);
  for (;;) {
    const mark = bits.read(24) * 2 ** 24 + bits.read(24);
    if (mark === END_SIGN) break;
    if (mark !== BLOCK_SIGN) throw new Bzip2Fault('neither a block nor the end');
    yield* expand(readBlock(bits, room));
  }
  bits.read(16);
  bits.read(16);
  bits.align();
}
