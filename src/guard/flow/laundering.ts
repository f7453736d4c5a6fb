// Text that came from elsewhere is known again when it returns under another name: in a summary that the agent writes into its
// own history, in a "user" message that quotes an e-mail. What overlaps inherits the origin.
import { normaliseText, wordsOf } from './normal.ts';
import { addressesIn } from './addresses.ts';

/** Words in a row that are no accident. */
const RUN = 6;
/** Runs remembered; beyond them every long text counts as seen, which errs towards untrusted. */
const MOST_RUNS = 1_000_000;
/** What one of them, and one address, takes in memory, bytes. */
const RUN_BYTES = 32;
const ADDRESS_BYTES = 150;
/** Addresses remembered. */
const MOST_ADDRESSES = 100_000;

/** FNV-1a over the words of a run; a collision makes a text untrusted, never trusted. */
function hashRun(words: readonly string[], start: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + RUN; i++) {
    const word = words[i]!;
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 32, 0x01000193);
  }
  return hash >>> 0;
}

/** What a text is known again by. */
export interface Marks {
  readonly runs: readonly number[];
  readonly addresses: ReadonlySet<string>;
}

export function marksOf(text: string): Marks {
  const words = wordsOf(normaliseText(text));
  const runs: number[] = [];
  for (let start = 0; start + RUN <= words.length; start++) runs.push(hashRun(words, start));
  return { runs, addresses: addressesIn(text) };
}

export class Laundering {
  readonly #runs = new Set<number>();
  readonly #addresses = new Set<string>();
  #full = false;

  /** Remembers untrusted text by its marks. */
  note({ runs, addresses }: Marks): void {
    for (const run of runs) {
      if (this.#full) break;
      this.#runs.add(run);
      if (this.#runs.size >= MOST_RUNS) this.#full = true;
    }
    for (const address of addresses) {
      if (this.#addresses.size >= MOST_ADDRESSES) this.#full = true;
      else this.#addresses.add(address);
    }
  }

  /** About so many bytes. */
  get bytes(): number {
    return this.#runs.size * RUN_BYTES + this.#addresses.size * ADDRESS_BYTES;
  }

  /** More was to be remembered than there is room for: every long text counts as seen, and every address. */
  get isFull(): boolean {
    return this.#full;
  }

  /** What was remembered is lost. */
  forget(): void {
    this.#runs.clear();
    this.#addresses.clear();
    this.#full = true;
  }

  /** All of it, to be noted again elsewhere. */
  marks(): Marks {
    return { runs: [...this.#runs], addresses: this.#addresses };
  }

  /** Whether an address was in untrusted text. */
  hasAddress(address: string): boolean {
    return this.#full || this.#addresses.has(address);
  }

  /** Whether a text repeats a run of words of untrusted text. */
  overlaps(text: string): boolean {
    if (this.#runs.size === 0 && !this.#full) return false;
    const words = wordsOf(normaliseText(text));
    for (let start = 0; start + RUN <= words.length; start++) {
      if (this.#full || this.#runs.has(hashRun(words, start))) return true;
    }
    return false;
  }

  /** The sentences and lines of a text that repeat nothing untrusted. */
  ownParts(text: string): string[] {
    if (!this.overlaps(text)) return [text];
    return text.split(/(?<=[.!?])\s+|\n+/u).filter((part) => part.trim() !== '' && !this.overlaps(part));
  }
}
