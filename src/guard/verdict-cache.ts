// Verdicts of texts seen before: a chat resends its whole history each turn, and nothing in it needs judging twice.
import type { Channel } from '../contract/index.ts';
import type { Judgement } from './judge.ts';

/** A digest that nobody outside the process can predict, so that nobody can aim for a collision. */
export type CacheDigest = (text: string) => string;

/**
 * A bounded cache of judgements by keyed digest of channel and text. Old entries leave a generation at a time:
 * two maps, the older one dropped when the younger is full, so that a hit costs no reordering.
 */
export class VerdictCache {
  readonly #digest: CacheDigest;
  readonly #capacity: number;
  #young = new Map<string, Judgement>();
  #old = new Map<string, Judgement>();

  constructor(digest: CacheDigest, capacity = 20_000) {
    this.#digest = digest;
    this.#capacity = capacity;
  }

  /** The judgement kept for the text, else what `judge` says, kept unless a detector failed in it. */
  resolve(channel: Channel, text: string, judge: () => Judgement): Judgement {
    const key = this.#digest(`${channel}\0${text}`);
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const known = this.#old.get(key);
    const judgement = known ?? judge();
    if (judgement.failures.length > 0) return judgement;
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, judgement);
    return judgement;
  }
}
