// Protocol Buffers without a schema: the fields of a message one by one, over bytes that are read only where they are asked for.
// Source: protobuf.dev, "Encoding".
import type { Bytes } from './bytes.ts';

/** A message that is none. */
export class ProtobufFault extends Error {
  override readonly name = 'ProtobufFault';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  /** Of a varint, as far as it is exact (larger ones are rounded); 0 of others. */
  readonly value: number;
  /** Span of the value's bytes. */
  readonly start: number;
  readonly end: number;
}

const WINDOW = 1 << 14;

/**
 * The fields of the message that lies from `start` to `end`.
 * @throws ProtobufFault where it is no message
 */
export function* readFields(bytes: Bytes, start = 0, end = bytes.size): Generator<Field> {
  let window = bytes.read(start, Math.min(WINDOW, end - start));
  let from = start;
  let at = start;
  const byte = (): number => {
    if (at >= end) throw new ProtobufFault('a field breaks off', at);
    if (at < from || at >= from + window.length) {
      from = at;
      window = bytes.read(at, Math.min(WINDOW, end - at));
      if (window.length === 0) throw new ProtobufFault('a field breaks off', at);
    }
    return window[at++ - from]!;
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
    throw new ProtobufFault('a number without an end', at);
  };
  while (at < end) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number === 0 || number > 0x1fffffff) throw new ProtobufFault('a field without a number', at);
    if (wire === 0) {
      const valueAt = at;
      const value = varint();
      yield { number, wire, value, start: valueAt, end: at };
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new ProtobufFault(`a field of the kind ${wire}`, at);
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    if (at + length > end) throw new ProtobufFault('a field goes beyond its message', at);
    yield { number, wire, value: 0, start: at, end: at + length };
    at += length;
  }
}
