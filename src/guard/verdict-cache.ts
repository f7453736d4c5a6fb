// Verdicts of texts seen before: a chat resends its whole history each turn, and nothing in it needs judging twice.
import type { Channel, Segment } from '../contract/index.ts';
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
  /** Digests of runs of segments in which nothing was found. */
  #cleanRuns = new Set<string>();

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

  /**
   * Whether a run of segments was noted as clean: a history of a hundred turns costs one digest instead of a hundred.
   */
  isClean(run: readonly Segment[]): boolean {
    return this.#cleanRuns.has(this.#runDigest(run));
  }

  /** Notes that every segment of the run was judged, and nothing was found and nothing failed. */
  noteClean(run: readonly Segment[]): void {
    if (this.#cleanRuns.size >= this.#capacity / 4) this.#cleanRuns = new Set();
    this.#cleanRuns.add(this.#runDigest(run));
  }

  #runDigest(run: readonly Segment[]): string {
    let joined = '';
    // Lengths make the borders of texts unambiguous.
    for (const { channel, text } of run) joined += `${channel} ${text.length}:${text}`;
    return this.#digest(joined);
  }
}
