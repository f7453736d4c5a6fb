// Gathers the bytes of an answer that is judged whole, within the bound of the configuration.
import { AncileError, Gathered } from '../../base/index.ts';
import { memoryTaken } from '../body.ts';
import type { Slot } from '../load.ts';

export class Collector {
  readonly #maxBytes: number;
  readonly #slot: Pick<Slot, 'take'>;
  readonly #gathered = new Gathered();

  constructor(maxBytes: number, slot: Pick<Slot, 'take'>) {
    this.#maxBytes = maxBytes;
    this.#slot = slot;
  }

  /** @throws AncileError `upstream_malformed` past the bound, `overloaded` where memory is taken up */
  add(chunk: Buffer): void {
    if (this.#gathered.size + chunk.length > this.#maxBytes) {
      this.#gathered.clear();
      throw new AncileError('upstream_malformed', `the upstream's answer is larger than ${this.#maxBytes} bytes`);
    }
    if (!this.#slot.take(chunk.length)) {
      this.#gathered.clear();
      throw memoryTaken();
    }
    this.#gathered.add(chunk);
  }

  get size(): number {
    return this.#gathered.size;
  }

  take(): Buffer {
    const { buffer, byteOffset, byteLength } = this.#gathered.take();
    return Buffer.from(buffer, byteOffset, byteLength);
  }
}
