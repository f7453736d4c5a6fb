// Datatypes and dataspaces, as far as they say how large values are and whether text or anything else lies behind them.
import type { Hdf5Cursor, Hdf5File } from './file.ts';
import { MESSAGE, messagesOf } from './object-header.ts';

export interface Hdf5Type {
  readonly kind: 'number' | 'text' | 'long-text' | 'sequence' | 'opaque' | 'compound' | 'other';
  /** Bytes of one value. */
  readonly size: number;
}

const KINDS: readonly Hdf5Type['kind'][] = [
  'number',
  'number',
  'number',
  'text',
  'number',
  'opaque',
  'compound',
  'other',
  'number',
  'sequence',
  'other',
];

export function readType(cursor: Hdf5Cursor): Hdf5Type {
  const first = cursor.u8();
  const kind = KINDS[first & 15] ?? 'other';
  const bits = cursor.u8();
  cursor.skip(2);
  const size = cursor.u32();
  return { kind: kind === 'sequence' && (bits & 15) === 1 ? 'long-text' : kind, size };
}

/** A datatype, or the one that another object lends it. */
export function typeOf(file: Hdf5File, data: Uint8Array, shared: boolean): Hdf5Type {
  if (data.length < 8) return { kind: 'other', size: 0 };
  if (!shared) return readType(file.within(data));
  const cursor = file.within(data);
  const version = cursor.u8();
  const where = cursor.u8();
  if (version === 3 && where === 1) return { kind: 'other', size: 0 };
  if (version === 1) cursor.skip(6);
  for (const message of messagesOf(file, cursor.address())) {
    if (message.type === MESSAGE.datatype && !message.shared) return typeOf(file, message.data, false);
  }
  return { kind: 'other', size: 0 };
}

/** The number of values, however many there are said to be. */
export function readCount(cursor: Hdf5Cursor): number {
  const version = cursor.u8();
  const dimensions = cursor.u8();
  cursor.skip(1);
  if (version === 1) cursor.skip(5);
  else if (cursor.u8() === 2) return 0;
  let count = 1;
  for (let at = 0; at < Math.min(dimensions, 32); at++) count *= cursor.length();
  return count;
}
