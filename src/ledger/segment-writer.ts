// The open segment: lines and their leaf hashes, written together, with torn writes taken back.
import {
  closeFile,
  openFile,
  PRIVATE,
  READ_WRITE,
  syncData,
  syncFolder,
  truncateFile,
  writeAll,
  writeBatch,
} from './disk.ts';
import { type Layout } from './layout.ts';
import { HASH_BYTES } from './merkle.ts';

export class SegmentWriter {
  readonly first: number;
  readonly #lines: number;
  readonly #leaves: number;
  #bytes: number;
  #count: number;
  /** False after a write that failed: what lies beyond the last good byte is not ours to keep. */
  #clean: boolean;

  private constructor(first: number, lines: number, leaves: number, bytes: number, count: number) {
    this.first = first;
    this.#lines = lines;
    this.#leaves = leaves;
    this.#bytes = bytes;
    this.#count = count;
    this.#clean = false;
  }

  /**
   * Opens a segment that holds `count` good records in `bytes` bytes, with these leaf hashes; whatever lies beyond
   * is cut off. The hashes are written again, since a power cut may have lost those after the last checkpoint.
   */
  static async open(
    layout: Layout,
    first: number,
    bytes: number,
    count: number,
    hashes: Uint8Array,
  ): Promise<SegmentWriter> {
    const lines = await openFile(layout.segment(first, 'jsonl'), READ_WRITE, PRIVATE);
    let leaves: number | undefined;
    try {
      leaves = await openFile(layout.segment(first, 'leaves'), READ_WRITE, PRIVATE);
      const writer = new SegmentWriter(first, lines, leaves, bytes, count);
      await writeAll(leaves, hashes, 0);
      await writer.#repair();
      await syncFolder(layout.dir);
      return writer;
    } catch (error) {
      await closeFile(lines);
      if (leaves !== undefined) await closeFile(leaves);
      throw error;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Writes lines (each with its newline) and leaf hashes; the lines are durable when it resolves. */
  async write(lines: Uint8Array, leaves: Uint8Array): Promise<void> {
    if (!this.#clean) await this.#repair();
    this.#clean = false;
    try {
      await writeBatch(this.#leaves, leaves, this.#count * HASH_BYTES);
      await writeBatch(this.#lines, lines, this.#bytes);
      await syncData(this.#lines);
    } catch (error) {
      // Taken back now if the disk lets us, else before the next write.
      await this.#repair().catch(() => {});
      throw error;
    }
    this.#bytes += lines.length;
    this.#count += leaves.length / HASH_BYTES;
    this.#clean = true;
  }

  /** Makes the leaf hashes durable: before a checkpoint, which makes them evidence. */
  async syncLeaves(): Promise<void> {
    await syncData(this.#leaves);
  }

  async #repair(): Promise<void> {
    await truncateFile(this.#lines, this.#bytes);
    await truncateFile(this.#leaves, this.#count * HASH_BYTES);
    await syncData(this.#lines);
    this.#clean = true;
  }

  async close(): Promise<void> {
    await closeFile(this.#lines);
    await closeFile(this.#leaves);
  }
}
