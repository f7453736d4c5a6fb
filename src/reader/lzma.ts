// LZMA and LZMA2 streams, decoded piece by piece: only as much is produced as is asked for, and no count in them is
// believed before its bytes are there.
// Source: LZMA specification (Igor Pavlov, 2015).

/** Gives the next byte, or -1 at the end. */
export interface ByteReader {
  next(): number;
}

/** A stream that is no LZMA, or breaks off. */
export class LzmaFault extends Error {
  override readonly name = 'LzmaFault';
}

const PIECE = 1 << 16;
/** Largest dictionary that is kept, bytes; streams that look back further are not decoded. */
const MOST_DICTIONARY = 64 << 20;
/** Of LZMA2, whose chunks are small and may begin anew with each. */
const MOST_LITERAL_BITS = 4;
const TOP = 2 ** 24;
const HALF = 1024;

class Probabilities {
  readonly match = fresh(12 << 4);
  readonly rep = fresh(12);
  readonly repG0 = fresh(12);
  readonly repG1 = fresh(12);
  readonly repG2 = fresh(12);
  readonly rep0Long = fresh(12 << 4);
  readonly slot = fresh(4 << 6);
  readonly distance = fresh(128);
  readonly align = fresh(16);
  readonly length = new LengthProbabilities();
  readonly repLength = new LengthProbabilities();
  readonly literal: Uint16Array;

  constructor(literalBits: number) {
    this.literal = fresh(0x300 << literalBits);
  }
}

class LengthProbabilities {
  readonly choice = fresh(2);
  readonly low = fresh(16 << 3);
  readonly mid = fresh(16 << 3);
  readonly high = fresh(256);
}

const fresh = (count: number): Uint16Array => new Uint16Array(count).fill(HALF);

/** The decoder behind all three: a range decoder, its probabilities, and what was decoded lately. */
class Lzma {
  readonly #input: ByteReader;
  #range = 0;
  #code = 0;
  #probabilities = new Probabilities(0);
  #lc = 0;
  #lpMask = 0;
  #pbMask = 0;
  #state = 0;
  #rep = [0, 0, 0, 0];
  /** A ring that grows up to the dictionary's size. */
  #ring = new Uint8Array(PIECE);
  #at = 0;
  #filled = 0;
  #dictionary = PIECE;
  /** A match that goes on. */
  #left = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  byte(): number {
    const byte = this.#input.next();
    if (byte === -1) throw new LzmaFault('the stream breaks off');
    return byte;
  }

  setDictionary(size: number): void {
    if (size > MOST_DICTIONARY) throw new LzmaFault(`a dictionary of ${size} bytes`);
    this.#dictionary = Math.max(size, 4096);
  }

  /** @throws LzmaFault for a byte that stands for no properties */
  setProperties(byte: number, mostLiteralBits = 12): void {
    if (byte >= 9 * 5 * 5) throw new LzmaFault('no such properties');
    this.#lc = byte % 9;
    const rest = Math.floor(byte / 9);
    this.#lpMask = (1 << (rest % 5)) - 1;
    this.#pbMask = (1 << Math.floor(rest / 5)) - 1;
    if (this.#lc + (rest % 5) > mostLiteralBits) throw new LzmaFault('no such properties');
  }

  resetState(): void {
    this.#probabilities = new Probabilities(this.#lc + Math.log2(this.#lpMask + 1));
    this.#state = 0;
    this.#rep = [0, 0, 0, 0];
    this.#left = 0;
  }

  resetDictionary(): void {
    this.#at = this.#filled = 0;
  }

  startRange(): void {
    if (this.byte() !== 0) throw new LzmaFault('the range coder does not begin');
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.byte()) >>> 0;
  }

  /** A byte that was not packed. */
  put(byte: number, out: Uint8Array, at: number): void {
    out[at] = byte;
    if (this.#at === this.#ring.length) {
      if (this.#ring.length < this.#dictionary) {
        const more = new Uint8Array(Math.min(this.#ring.length * 4, this.#dictionary));
        more.set(this.#ring);
        this.#ring = more;
      } else this.#at = 0;
    }
    this.#ring[this.#at++] = byte;
    if (this.#filled < this.#dictionary) this.#filled++;
  }

  #back(distance: number): number {
    // Until it is full the ring has no wrap.
    const from = this.#at - distance - 1;
    return this.#ring[from < 0 ? from + this.#ring.length : from]!;
  }

  #bit(probabilities: Uint16Array, index: number): number {
    const p = probabilities[index]!;
    const bound = (this.#range >>> 11) * p;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = p + ((2048 - p) >>> 5);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = p - (p >>> 5);
      bit = 1;
    }
    if (this.#range < TOP) this.#normalize();
    return bit;
  }

  #normalize(): void {
    this.#range = this.#range * 256;
    this.#code = this.#code * 256 + this.byte();
  }

  #direct(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.#range = Math.floor(this.#range / 2);
      let bit = 0;
      if (this.#code >= this.#range) {
        this.#code -= this.#range;
        bit = 1;
      }
      value = value * 2 + bit;
      if (this.#range < TOP) this.#normalize();
    }
    return value;
  }

  #tree(probabilities: Uint16Array, base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.#bit(probabilities, base + node);
    return node - (1 << bits);
  }

  #reverseTree(probabilities: Uint16Array, base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(probabilities, base + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #lengthOf({ choice, low, mid, high }: LengthProbabilities, posState: number): number {
    if (this.#bit(choice, 0) === 0) return this.#tree(low, posState << 3, 3);
    if (this.#bit(choice, 1) === 0) return 8 + this.#tree(mid, posState << 3, 3);
    return 16 + this.#tree(high, 0, 8);
  }

  #distanceOf(length: number): number {
    const { slot: slots, distance, align } = this.#probabilities;
    const slot = this.#tree(slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reverseTree(distance, base - slot, bits);
    return base + this.#direct(bits - 4) * 16 + this.#reverseTree(align, 0, 4);
  }

  #literal(position: number): number {
    const { literal } = this.#probabilities;
    const before = this.#filled > 0 ? this.#back(0) : 0;
    const base = 0x300 * (((position & this.#lpMask) << this.#lc) + (before >> (8 - this.#lc)));
    let symbol = 1;
    if (this.#state >= 7) {
      let match = this.#back(this.#rep[0]!);
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(literal, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(literal, base + symbol);
    return symbol & 0xff;
  }

  /**
   * Decodes up to `count` bytes. `position` counts the bytes since the last reset of the state.
   * @returns bytes decoded; fewer than `count` where the stream's own end mark came
   */
  decode(out: Uint8Array, from: number, count: number, position: number): number {
    let done = 0;
    const rep = this.#rep;
    while (done < count) {
      if (this.#left > 0) {
        this.#left--;
        this.put(this.#back(rep[0]!), out, from + done++);
        continue;
      }
      const posState = (position + done) & this.#pbMask;
      const state = this.#state;
      const p = this.#probabilities;
      if (this.#bit(p.match, (state << 4) + posState) === 0) {
        this.put(this.#literal(position + done), out, from + done++);
        this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length: number;
      if (this.#bit(p.rep, state) !== 0) {
        if (this.#filled === 0) throw new LzmaFault('looks back before the beginning');
        if (this.#bit(p.repG0, state) === 0) {
          if (this.#bit(p.rep0Long, (state << 4) + posState) === 0) {
            this.#state = state < 7 ? 9 : 11;
            this.#left = 1;
            continue;
          }
        } else {
          let distance: number;
          if (this.#bit(p.repG1, state) === 0) distance = rep[1]!;
          else {
            if (this.#bit(p.repG2, state) === 0) distance = rep[2]!;
            else {
              distance = rep[3]!;
              rep[3] = rep[2]!;
            }
            rep[2] = rep[1]!;
          }
          rep[1] = rep[0]!;
          rep[0] = distance;
        }
        length = this.#lengthOf(p.repLength, posState);
        this.#state = state < 7 ? 8 : 11;
      } else {
        rep[3] = rep[2]!;
        rep[2] = rep[1]!;
        rep[1] = rep[0]!;
        length = this.#lengthOf(p.length, posState);
        this.#state = state < 7 ? 7 : 10;
        rep[0] = this.#distanceOf(length);
        if (rep[0] === 0xffffffff) return done;
      }
      if (rep[0]! >= this.#filled) throw new LzmaFault('looks back before the beginning');
      this.#left = length + 2;
    }
    return done;
  }
}

/**
 * A stream of plain LZMA, behind its header.
 * @param size - bytes that it becomes; undefined where it ends by its own mark
 */
export function* decodeLzma(
  input: ByteReader,
  properties: number,
  dictionary: number,
  size: number | undefined,
): Generator<Uint8Array> {
  const lzma = new Lzma(input);
  lzma.setDictionary(Math.min(dictionary, Math.max(size ?? Infinity, 4096)));
  lzma.setProperties(properties);
  lzma.resetState();
  lzma.startRange();
  for (let position = 0; size === undefined || position < size;) {
    const wanted = Math.min(PIECE, (size ?? Infinity) - position);
    const out = new Uint8Array(wanted);
    const got = lzma.decode(out, 0, wanted, position);
    position += got;
    if (got > 0) yield out.subarray(0, got);
    if (got < wanted) return;
  }
}

/** A file of the kind `.lzma`: properties, dictionary, size, stream. @throws LzmaFault */
export function* decodeLzmaAlone(input: ByteReader): Generator<Uint8Array> {
  const header = takeBytes(input, 13);
  const size = header.readBigUInt64LE(5);
  const told = size === 0xffffffffffffffffn ? undefined : Number(size);
  yield* decodeLzma(input, header[0]!, header.readUInt32LE(1), told);
}

/** Chunks of LZMA2 up to their end mark. @throws LzmaFault */
export function* decodeLzma2(input: ByteReader, dictionary: number): Generator<Uint8Array> {
  const lzma = new Lzma(input);
  lzma.setDictionary(dictionary);
  let position = 0;
  let begun = false;
  for (;;) {
    const control = lzma.byte();
    if (control === 0) return;
    if (control > 2 && control < 0x80) throw new LzmaFault('no such chunk');
    const size = ((control & 0x80 ? control & 0x1f : 0) << 16) + (lzma.byte() << 8) + lzma.byte() + 1;
    const out = new Uint8Array(size);
    if (control < 0x80) {
      if (control === 1) lzma.resetDictionary();
      else if (!begun) throw new LzmaFault('the first chunk keeps what is not there');
      for (let i = 0; i < size; i++) lzma.put(lzma.byte(), out, i);
    } else {
      takeBytes(input, 2);
      const reset = (control >> 5) & 3;
      if (reset === 3) lzma.resetDictionary();
      else if (!begun && reset < 2) throw new LzmaFault('the first chunk keeps what is not there');
      if (reset >= 2) lzma.setProperties(lzma.byte(), MOST_LITERAL_BITS);
      if (reset >= 1) {
        lzma.resetState();
        position = 0;
      }
      lzma.startRange();
      if (lzma.decode(out, 0, size, position) < size) throw new LzmaFault('a chunk is shorter than it says');
    }
    begun = true;
    position += size;
    yield out;
  }
}

/** So many bytes. @throws LzmaFault where there are fewer */
export function takeBytes(input: ByteReader, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  for (let i = 0; i < count; i++) {
    const byte = input.next();
    if (byte === -1) throw new LzmaFault('the stream breaks off');
    bytes[i] = byte;
  }
  return bytes;
}
