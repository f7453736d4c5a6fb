// Fractal heaps: where newer files keep the links and attributes of an object that has many.
import { type Hdf5Cursor, type Hdf5File, NOWHERE } from './file.ts';

interface Block {
  readonly address: number;
  /** Where it begins in the space of the heap. */
  readonly from: number;
  readonly size: number;
}

const MOST_BLOCKS = 1 << 16;

/** Bytes that a number up to a limit takes. */
export const widthOf = (limit: number): number => (limit < 1 ? 1 : Math.floor(Math.floor(Math.log2(limit)) / 8) + 1);

export class FractalHeap {
  readonly #file: Hdf5File;
  readonly #blocks: Block[] = [];
  readonly #offsetWidth: number;
  readonly #lengthWidth: number;
  /** Why nothing can be read from it. */
  readonly closed: string | undefined;

  /** @throws Malformed where it is broken */
  constructor(file: Hdf5File, address: number) {
    this.#file = file;
    const cursor = file.at(address);
    cursor.signature('FRHP');
    cursor.skip(3);
    const filtered = cursor.u16();
    cursor.skip(1);
    const mostManaged = cursor.u32();
    cursor.skip(2 * file.wide + 2 * file.long + 8 * file.long);
    const width = cursor.u16();
    const [start, largest] = [cursor.length(), cursor.length()];
    const bits = cursor.u16();
    cursor.skip(2);
    const root = cursor.address();
    const rows = cursor.u16();
    this.#offsetWidth = Math.ceil(bits / 8);
    this.#lengthWidth = Math.min(widthOf(largest), widthOf(mostManaged));
    if (filtered > 0) this.closed = 'is compressed';
    if (filtered > 0 || root === NOWHERE) return;
    if (width === 0 || start === 0 || largest < start || bits > 64) throw cursor.malformed('a heap has no measures');
    if (rows === 0) this.#blocks.push({ address: root, from: 0, size: start });
    else this.#rows(root, 0, rows, { width, start, direct: Math.log2(largest) - Math.log2(start) + 2 }, 0);
  }

  /** What a heap ID stands for; undefined for what lies outside of the managed blocks. */
  read(id: Hdf5Cursor, idLength: number): Uint8Array | undefined {
    const end = id.offset + idLength;
    const flags = id.u8();
    const kind = (flags >> 4) & 3;
    let found: Uint8Array | undefined;
    if (kind === 2) found = id.bytes(Math.min((flags & 15) + 1, idLength - 1));
    if (kind === 0) {
      const [offset, length] = [id.uint(this.#offsetWidth), id.uint(this.#lengthWidth)];
      const block = this.#blocks.find(({ from, size }) => offset >= from && offset < from + size);
      if (block !== undefined && length <= block.size) {
        found = this.#file.at(block.address + offset - block.from).bytes(length);
      }
    }
    id.offset = end;
    return found === undefined ? undefined : Uint8Array.from(found);
  }

  #rows(
    address: number,
    from: number,
    rows: number,
    shape: { width: number; start: number; direct: number },
    depth: number,
  ): void {
    const { width, start, direct } = shape;
    const cursor = this.#file.at(address);
    cursor.signature('FHIB');
    cursor.skip(1 + this.#file.wide + this.#offsetWidth);
    let at = from;
    for (let row = 0; row < rows && row < 64; row++) {
      const size = row === 0 ? start : start * 2 ** (row - 1);
      for (let column = 0; column < width; column++) {
        this.#file.step(1);
        const child = cursor.address();
        if (child !== NOWHERE) {
          if (this.#blocks.length >= MOST_BLOCKS || depth > 8) throw cursor.malformed('a heap has no end');
          if (row < direct) this.#blocks.push({ address: child, from: at, size });
          else this.#rows(child, at, Math.log2(size) - Math.log2(start * width) + 1, shape, depth + 1);
        }
        at += size;
      }
    }
  }
}
