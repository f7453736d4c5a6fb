// Gathers the bytes of an answer that is judged whole, within the bound of the configuration.
import { AncileError } from '../../base/index.ts';

export class Collector {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws AncileError `upstream_malformed` past the bound */
  add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      this.#chunks = [];
      throw new AncileError('upstream_malformed', `the upstream's answer is larger than ${this.#maxBytes} bytes`);
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
