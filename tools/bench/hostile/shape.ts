// What hostile files of the benchmark are made of: pieces repeated and counted, written as they come, never held whole.

/** As long as files are made that have no shape of their own. */
export const SIZE = 100_000_000;

/** Bytes, a text, or more of the same, one after the other. */
export type Part = Uint8Array | string | Iterable<Uint8Array>;
export interface Shape {
  readonly what: string;
  /** The name it is scanned under: its ending matters to formats without a magic number. */
  readonly file: string;
  readonly make: () => Part;
}

export const shape = (what: string, file: string, make: () => Part): Shape => ({ what, file, make });

const BATCH = 1 << 20;

/** A piece over and over, to so many bytes at most. */
export function* fill(piece: Uint8Array | string, bytes = SIZE): Generator<Uint8Array> {
  const one = Buffer.from(piece as string);
  const batch = Math.max(1, Math.floor(BATCH / one.length));
  const block = Buffer.alloc(batch * one.length, one);
  for (let left = Math.floor(bytes / one.length); left > 0; left -= batch) {
    yield left >= batch ? block : block.subarray(0, left * one.length);
  }
}

/** So many pieces that differ. */
export function* each(count: number, piece: (index: number) => Uint8Array | string): Generator<Uint8Array> {
  let batch: Buffer[] = [];
  let size = 0;
  for (let at = 0; at < count; at++) {
    const one = Buffer.from(piece(at) as string);
    batch.push(one);
    size += one.length;
    if (size < BATCH) continue;
    yield Buffer.concat(batch);
    batch = [];
    size = 0;
  }
  yield Buffer.concat(batch);
}

/** Parts, one behind the other. */
export function* chain(...parts: readonly Part[]): Generator<Uint8Array> {
  for (const part of parts) {
    if (typeof part === 'string') yield Buffer.from(part);
    else if (part instanceof Uint8Array) yield part;
    else yield* part;
  }
}

/** A part in memory. */
export const whole = (part: Part): Buffer => Buffer.concat([...chain(part)]);

/** A field of Protocol Buffers: its number, and a message or text. */
export function message(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

/** The head of a field whose content follows, so many bytes. */
export const heading = (number: number, length: number): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(length)]);

/** Random bytes that are the same each time (xorshift). */
export function noise(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer, 0, length);
}
