// Attributes: small values with a name, in an object's header or in a fractal heap.
import { recordsOf } from './b-tree.ts';
import { readCount, typeOf, type Hdf5Type } from './datatype.ts';
import { type Hdf5Cursor, type Hdf5File, NOWHERE } from './file.ts';
import { FractalHeap } from './fractal-heap.ts';
import type { GlobalHeaps } from './heaps.ts';
import { MESSAGE, type Message } from './object-header.ts';

export interface Hdf5Attribute {
  readonly name: string;
  readonly type: Hdf5Type;
  /** Number of values. */
  readonly count: number;
  /** As it stands in the file: of texts and sequences of any length, where they are. */
  readonly data: Uint8Array;
  readonly at: number;
}

const padded = (size: number): number => Math.ceil(size / 8) * 8;

function readAttribute(file: Hdf5File, cursor: Hdf5Cursor, at: number): Hdf5Attribute {
  const version = cursor.u8();
  const shared = version >= 2 && (cursor.u8() & 1) !== 0;
  if (version === 1) cursor.skip(1);
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version >= 3) cursor.skip(1);
  const parts = sizes.map((size) => {
    const part = Uint8Array.from(cursor.bytes(size));
    if (version === 1) cursor.skip(padded(size) - size);
    return part;
  });
  const [name, type, space] = parts as [Uint8Array, Uint8Array, Uint8Array];
  const zero = name.indexOf(0);
  return {
    name: Buffer.from(zero === -1 ? name : name.subarray(0, zero)).toString('utf8'),
    type: typeOf(file, type, shared),
    count: space.length < 4 ? 0 : readCount(file.within(space)),
    data: cursor.source.read(cursor.offset, cursor.source.size - cursor.offset),
    at,
  };
}

/** The attributes that one message of a header stands for; none where it is no such message. */
export function* attributesOf(
  file: Hdf5File,
  message: Message,
  note: (reason: string) => void,
): Generator<Hdf5Attribute> {
  if (message.type === MESSAGE.attribute) yield readAttribute(file, file.within(message.data), message.at);
  if (message.type !== MESSAGE.attributeInfo) return;
  const inner = file.within(message.data);
  inner.skip(1);
  if ((inner.u8() & 1) !== 0) inner.skip(2);
  const [heapAt, tree] = [inner.address(), inner.address()];
  if (heapAt === NOWHERE || tree === NOWHERE) return;
  const heap = new FractalHeap(file, heapAt);
  if (heap.closed !== undefined) return note(`a heap of attributes ${heap.closed}`);
  for (const { record } of recordsOf(file, tree)) {
    const found = heap.read(record, 8);
    if (found === undefined) note('an attribute lies outside of its heap');
    else yield readAttribute(file, file.within(found), message.at);
  }
}

/**
 * Texts and byte strings among values, however they are kept.
 * @param most - bytes of one value that are read
 */
export function* valuesOf(
  file: Hdf5File,
  heaps: GlobalHeaps,
  type: Hdf5Type,
  count: number,
  data: Uint8Array,
  most: number,
): Generator<Uint8Array> {
  if (type.kind === 'text' || type.kind === 'opaque') {
    if (type.size === 0) return;
    for (let at = 0; at < count && (at + 1) * type.size <= data.length; at++) {
      file.step(1);
      yield data.subarray(at * type.size, Math.min((at + 1) * type.size, at * type.size + most));
    }
  } else if (type.kind === 'long-text' || type.kind === 'sequence') {
    const size = 8 + file.wide;
    const cursor = file.within(data);
    for (let at = 0; at < count && (at + 1) * size <= data.length; at++) {
      file.step(1);
      const length = cursor.u32();
      const address = cursor.address();
      const index = cursor.u32();
      if (length === 0 || address === NOWHERE || (address === 0 && index === 0)) continue;
      const found = heaps.read(address, index, most);
      if (found !== undefined) yield found;
    }
  }
}
