// Gathers the bytes of an answer that is judged whole, within the bound of the configuration.
import { AncileError } from '../../base/index.ts';
import { memoryTaken } from '../body.ts';
import type { Slot } from '../load.ts';

export class Collector {
  readonly #maxBytes: number;
  readonly #slot: Slot;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number, slot: Slot) {
    this.#maxBytes = maxBytes;
    this.#slot = slot;
  }

  /** @throws AncileError `upstream_malformed` past the bound, `overloaded` where memory is taken up */
  add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      this.#chunks = [];
      throw new AncileError('upstream_malformed', `the upstream's answer is larger than ${this.#maxBytes} bytes`);
    }
    if (!this.#slot.take(chunk.length)) {
      this.#chunks = [];
      throw memoryTaken();
    }
    this.#chunks.push(chunk);
  }

  get size(): number {
    return this.#size;
  }

  take(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }
}
