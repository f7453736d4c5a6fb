// Local heaps, which hold names, and global heaps, which hold texts and sequences of any length.
import { type Hdf5File, NOWHERE } from './file.ts';

const MOST_OBJECTS = 1 << 16;
const MOST_SIZE = 64 << 20;

/** Where a local heap keeps its names; undefined where it is none. */
export function localHeap(file: Hdf5File, address: number): ((offset: number) => string) | undefined {
  if (address === NOWHERE) return undefined;
  const cursor = file.at(address);
  cursor.signature('HEAP');
  cursor.skip(4);
  const size = cursor.length();
  cursor.length();
  const data = cursor.address();
  if (data === NOWHERE) return undefined;
  return (offset) => {
    if (offset >= size) return '';
    return file.at(data + offset).text(Math.min(4096, size - offset));
  };
}

/** Objects of global heaps, collection by collection; a collection is read through once. */
export class GlobalHeaps {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, Map<number, { at: number; size: number }>>();

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** The first `most` bytes of an object; undefined where there is none. @throws Malformed for a collection that is broken */
  read(address: number, index: number, most: number): Uint8Array | undefined {
    let objects = this.#collections.get(address);
    if (objects === undefined) {
      objects = this.#collect(address);
      if (this.#collections.size > 4096) this.#collections.clear();
      this.#collections.set(address, objects);
    }
    const found = objects.get(index);
    return found === undefined ? undefined : this.#file.bytes.read(found.at, Math.min(found.size, most));
  }

  #collect(address: number): Map<number, { at: number; size: number }> {
    const objects = new Map<number, { at: number; size: number }>();
    const cursor = this.#file.at(address);
    const start = cursor.offset;
    cursor.signature('GCOL');
    cursor.skip(4);
    const end = start + Math.min(cursor.length(), MOST_SIZE);
    while (cursor.offset + 8 + this.#file.long <= end && objects.size < MOST_OBJECTS) {
      this.#file.step(1);
      const index = cursor.u16();
      cursor.skip(6);
      const size = cursor.length();
      if (index === 0) break;
      objects.set(index, { at: cursor.offset, size });
      cursor.skip(Math.ceil(size / 8) * 8);
    }
    return objects;
  }
}
