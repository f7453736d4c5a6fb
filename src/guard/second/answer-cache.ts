// What a second opinion said of texts before: a chat sends its whole history again each turn, and asking costs.
import type { CacheDigest } from '../verdict-cache.ts';

const CAPACITY = 10_000;

/** A bounded cache of scores by keyed digest; the oldest fifth goes when it is full. */
export class AnswerCache {
  readonly #digest: CacheDigest;
  readonly #capacity: number;
  readonly #scores = new Map<string, number>();

  constructor(digest: CacheDigest, capacity = CAPACITY) {
    this.#digest = digest;
    this.#capacity = capacity;
  }

  get(key: string): number | undefined {
    return this.#scores.get(this.#digest(key));
  }

  keep(key: string, score: number): void {
    if (this.#scores.size >= this.#capacity) {
      // A map keeps the order of its entries.
      let most = Math.ceil(this.#capacity / 5);
      for (const old of this.#scores.keys()) {
        if (most-- <= 0) break;
        this.#scores.delete(old);
      }
    }
    this.#scores.set(this.#digest(key), score);
  }
}
