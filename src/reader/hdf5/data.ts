// Where a dataset's values lie, and those of them that are references to texts and sequences; numbers are never read.
import { inflateSync } from 'node:zlib';
import { leavesOf } from './b-tree.ts';
import { type Hdf5File, NOWHERE } from './file.ts';

export type Hdf5Layout =
  | { readonly kind: 'compact'; readonly data: Uint8Array }
  | { readonly kind: 'contiguous'; readonly address: number; readonly size: number }
  | { readonly kind: 'chunked'; readonly tree: number; readonly dimensions: number }
  | { readonly kind: 'virtual' }
  | { readonly kind: 'other' };

/** A data layout message. */
export function readLayout(file: Hdf5File, data: Uint8Array): Hdf5Layout {
  const cursor = file.within(data);
  const version = cursor.u8();
  if (version < 3) {
    const dimensions = cursor.u8();
    const kind = cursor.u8();
    cursor.skip(5);
    if (kind === 0) {
      cursor.skip(4 * dimensions);
      return { kind: 'compact', data: Uint8Array.from(cursor.bytes(Math.min(cursor.u32(), data.length))) };
    }
    const address = cursor.address();
    if (kind === 2) return { kind: 'chunked', tree: address, dimensions };
    let size = 1;
    for (let at = 0; at < Math.min(dimensions, 32); at++) size *= cursor.u32();
    return { kind: 'contiguous', address, size };
  }
  const kind = cursor.u8();
  if (kind === 0) return { kind: 'compact', data: Uint8Array.from(cursor.bytes(cursor.u16())) };
  if (kind === 1) return { kind: 'contiguous', address: cursor.address(), size: cursor.length() };
  if (kind === 3) return { kind: 'virtual' };
  if (kind !== 2 || version > 3) return { kind: 'other' };
  const dimensions = cursor.u8();
  return { kind: 'chunked', tree: cursor.address(), dimensions };
}

const MOST_CHUNK = 1 << 20;

/**
 * The stored bytes of a dataset, piece by piece, compressed ones unpacked.
 * @param filters - ids of the filters, in the order in which they were applied
 * @param most - bytes in all
 */
export function* piecesOf(
  file: Hdf5File,
  layout: Hdf5Layout,
  filters: readonly number[],
  most: number,
): Generator<Uint8Array> {
  if (layout.kind === 'compact') yield layout.data;
  else if (layout.kind === 'contiguous' && layout.address !== NOWHERE) {
    const cursor = file.at(layout.address);
    yield file.bytes.read(cursor.offset, Math.min(layout.size, most));
  } else if (layout.kind === 'chunked') {
    let left = most;
    for (const { key, child } of leavesOf(file, layout.tree, 1, 8 + 8 * layout.dimensions)) {
      const size = file.within(key).u32();
      if (child === NOWHERE || size > MOST_CHUNK || left <= 0) continue;
      const stored = file.bytes.read(file.base + child, size);
      const piece = unpack(stored, filters);
      if (piece === undefined) continue;
      file.step(piece.length >> 6);
      left -= piece.length;
      yield piece;
    }
  }
}

/** Undoes deflate; a checksum behind the data does not matter to it. */
function unpack(stored: Uint8Array, filters: readonly number[]): Uint8Array | undefined {
  const packed = filters.filter((id) => id !== 3);
  if (packed.length === 0) return stored;
  if (packed.length > 1 || packed[0] !== 1) return undefined;
  try {
    return inflateSync(stored, { maxOutputLength: MOST_CHUNK });
  } catch {
    return undefined;
  }
}
