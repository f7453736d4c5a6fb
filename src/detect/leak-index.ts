// What an answer is compared with: canaries, and the runs of words of the system prompts.
import type { DetectContext } from './detector.ts';
import { foldText, lowerSameLength } from './fold.ts';
import { NO_RUN, endOfRun, joinHash, textOfRun, wordsOf } from './leak-words.ts';

/** Canaries longer than this are recognised by their beginning. */
export const CANARY_MOST = 200;
const CANARY_LEAST = 6;
/** Words of system prompts that are indexed: a bound on memory. What comes after is compared with nothing. */
const INDEXED_MOST = 60_000;
/** Bits for each beginning of a run that is remembered, and most of them in all. */
const BITS_EACH = 32;
const BITS_MOST = 1 << 25;

export interface LeakIndex {
  /** Run of words to its number in the prompt. */
  readonly runs: ReadonlyMap<string, number>;
  /** Hashes of the runs: the gate before they are compared. */
  readonly hashes: ReadonlySet<number>;
  readonly canaries: readonly string[];
  /** Whether words of this hash may begin a run. Never wrong in saying no. */
  mayBegin(hash: number): boolean;
}

const fold = (text: string): string => lowerSameLength(foldText(text).folded);

/** The hash of words that begin a run, and of the first letter of the next word where there is one. */
export const withFirst = (hash: number, first: number): number => joinHash(hash, first ^ 0x5bd1e995);

function makeIndex(context: DetectContext): LeakIndex {
  const runs = new Map<string, number>();
  const hashes = new Set<number>();
  const beginnings: number[] = [];
  for (const prompt of context.systemPrompts) {
    const text = fold(prompt);
    const words = wordsOf(text);
    for (let first = 0; first < words.count && runs.size < INDEXED_MOST; first++) {
      const end = endOfRun(words, first);
      if (end === NO_RUN) continue;
      const run = textOfRun(text, words, first, end);
      if (runs.has(run)) continue;
      runs.set(run, first);
      let hash = 0;
      for (let i = first; i < end; i++) {
        beginnings.push(withFirst(hash, words.firsts[i]!));
        hash = joinHash(hash, words.hashes[i]!);
        beginnings.push(hash);
      }
      hashes.add(hash);
    }
  }
  const size = 2 ** Math.ceil(Math.log2(Math.min(BITS_MOST, Math.max(64, beginnings.length * BITS_EACH))));
  const bits = new Uint32Array(size / 32);
  for (const hash of beginnings) bits[(hash & (size - 1)) >>> 5]! |= 1 << (hash & 31);
  const canaries = context.canaries.map((canary) => fold(canary).slice(0, CANARY_MOST));
  return {
    runs,
    hashes,
    canaries: canaries.filter((canary) => canary.length >= CANARY_LEAST),
    mayBegin: (hash) => (bits[(hash & (size - 1)) >>> 5]! & (1 << (hash & 31))) !== 0,
  };
}

/** By the list of prompts: contexts are made anew for every text of an exchange, its prompts are not. */
const indexes = new WeakMap<readonly string[], { canaries: readonly string[]; index: LeakIndex }>();

/** The index of a context, made once for its list of prompts. */
export function leakIndexOf(context: DetectContext): LeakIndex {
  const known = indexes.get(context.systemPrompts);
  if (known !== undefined && known.canaries === context.canaries) return known.index;
  const index = makeIndex(context);
  indexes.set(context.systemPrompts, { canaries: context.canaries, index });
  return index;
}
