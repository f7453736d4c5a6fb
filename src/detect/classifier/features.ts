// What of a text the classifier weighs: words, their neighbours, and concepts that stand together.
import { CONCEPTS, type ConceptTrie, conceptsAt } from './concepts.ts';
import { type ClusterTable, clusterOf } from './clusters.ts';
import { CAPITALS, STARTS, type Tokens } from './tokens.ts';

/** Hashed features: words and their neighbours. */
export const WORD_BITS = 18;
const WORDS = 1 << WORD_BITS;
const N = CONCEPTS.length;
const NEAR = [3, 8, 20] as const;
const PAIRS_AT = WORDS + N;
const TRIPLES_AT = PAIRS_AT + N * N * NEAR.length;
const MARKS_AT = TRIPLES_AT + N * N * N;
/** Features in all. */
export const FEATURES = MARKS_AT + 8;

/** A feature that was seen this many words ago is not counted again: repetition proves nothing. */
const AGAIN = 48;
const TRIPLE_REACH = 24;
/** Concepts before a word that are paired with its own. */
const MEMORY = 8;
/** Features of one word at the most. */
export const MAX_OF_TOKEN = 20 + 4 * (1 + MEMORY + (MEMORY * (MEMORY - 1)) / 2);

/** Seeds that keep kinds of hashed features apart. */
const KIND = {
  word: 1,
  pair: 2,
  triple: 3,
  skip: 4,
  stem: 5,
  stems: 6,
  start: 7,
  gap: 8,
  cluster: 9,
  clusters: 10,
  apart: 11,
  coarse: 12,
} as const;

function place(kind: number, hash: number): number {
  let h = Math.imul(hash ^ Math.imul(kind, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> (32 - WORD_BITS);
}

const join = (a: number, b: number): number => Math.imul(a, 31) ^ Math.imul(b, 0x27d4eb2f);

/** Last places of words, by hash: direct-mapped, so that a look costs one step and a collision a repeated feature. */
const RECENT = 1024;

/**
 * Reads the features of a text, word by word. Each word's features are those that end with it: a window's features are
 * those of its words. One reader judges any number of texts, one at a time.
 */
export class FeatureReader {
  readonly #trie: ConceptTrie;
  readonly #clusters: ClusterTable;
  readonly #recent = new Int32Array(RECENT);
  /** When a concept feature was last seen, in words since the reader was made. */
  readonly #seen = new Int32Array(FEATURES - WORDS).fill(-AGAIN);
  #base = 0;
  #tokens: Tokens | undefined;
  #lower = '';
  /** The latest concepts, oldest first: word, concept. */
  readonly #at = new Int32Array(MEMORY);
  readonly #concept = new Int32Array(MEMORY);
  #held = 0;

  /** Clusters of the two words before. */
  #before = 0;
  #beforeThat = 0;

  constructor(trie: ConceptTrie, clusters: ClusterTable) {
    this.#trie = trie;
    this.#clusters = clusters;
  }

  /** Begins a text; its words are then read in their order. */
  open(tokens: Tokens, lower: string): void {
    if (this.#base > 0x3fffffff) {
      this.#base = 0;
      this.#seen.fill(-AGAIN);
    }
    this.#base += (this.#tokens?.count ?? 0) + AGAIN;
    this.#tokens = tokens;
    this.#lower = lower;
    this.#recent.fill(-1);
    this.#held = this.#before = this.#beforeThat = 0;
  }

  /** Writes the features of word `i` and returns how many there are. Words are read from 0 on, each once. */
  read(i: number, out: Int32Array): number {
    const { hash, stem, gap, flags, start } = this.#tokens!;
    let n = 0;
    const h = hash[i]!;
    const before = i > 0 ? hash[i - 1]! : 1;
    const last = this.#lastPlace(i, h);
    const known = last >= 0;
    if (!known) {
      out[n++] = place(KIND.word, h);
      out[n++] = place(KIND.stem, stem[i]!);
    }
    const knownPair = known && last > 0 && hash[last - 1] === before;
    if (!knownPair) {
      out[n++] = place(KIND.pair, join(before, h));
      if (i > 0) out[n++] = place(KIND.stems, join(stem[i - 1]!, stem[i]!));
    }
    if (i > 1 && !(knownPair && last > 1 && hash[last - 2] === hash[i - 2])) {
      const first = hash[i - 2]!;
      out[n++] = place(KIND.triple, join(join(first, before), h));
      out[n++] = place(KIND.skip, join(first, h));
    }
    const flag = flags[i]!;
    if ((flag & STARTS) !== 0) out[n++] = place(KIND.start, h);
    if (gap[i] !== 0) out[n++] = place(KIND.gap, gap[i]!);
    if ((flag & CAPITALS) !== 0 && this.#isNew(MARKS_AT, i)) out[n++] = MARKS_AT;
    const cluster = clusterOf(this.#clusters, h);
    if (cluster !== 0) {
      if (!known) out[n++] = place(KIND.cluster, cluster);
      if (!knownPair) {
        out[n++] = place(KIND.clusters, join(this.#before, cluster));
        if (this.#beforeThat !== 0) {
          const { coarse } = this.#clusters;
          out[n++] = place(KIND.apart, join(this.#beforeThat, cluster));
          const first = coarse[this.#beforeThat]!;
          out[n++] = place(KIND.coarse, join(join(first, coarse[this.#before]!), coarse[cluster]!));
        }
      }
    }
    this.#beforeThat = this.#before;
    this.#before = cluster;
    let concepts = conceptsAt(this.#trie, this.#lower, start[i]!);
    while (concepts !== 0) {
      const concept = 31 - Math.clz32(concepts);
      concepts = (concepts & ~(1 << concept)) >>> 0;
      n = this.#readConcept(i, concept, out, n);
    }
    return n;
  }

  /** Where the word last stood, if within the last AGAIN words; -1 otherwise. */
  #lastPlace(i: number, h: number): number {
    const slot = (h ^ (h >>> 16)) & (RECENT - 1);
    const last = this.#recent[slot]!;
    this.#recent[slot] = i;
    return last >= 0 && i - last <= AGAIN && this.#tokens!.hash[last] === h ? last : -1;
  }

  #isNew(feature: number, i: number): boolean {
    const now = this.#base + i;
    const old = this.#seen[feature - WORDS]!;
    this.#seen[feature - WORDS] = now;
    return now - old > AGAIN;
  }

  #readConcept(i: number, concept: number, out: Int32Array, n: number): number {
    if (this.#isNew(WORDS + concept, i)) out[n++] = WORDS + concept;
    const [at, held] = [this.#at, this.#concept];
    for (let k = this.#held - 1; k >= 0; k--) {
      const distance = i - at[k]!;
      if (distance > NEAR[2]) break;
      const near = distance <= NEAR[0] ? 0 : distance <= NEAR[1] ? 1 : 2;
      const pair = PAIRS_AT + (held[k]! * N + concept) * NEAR.length + near;
      if (this.#isNew(pair, i)) out[n++] = pair;
      for (let j = k - 1; j >= 0; j--) {
        if (i - at[j]! > TRIPLE_REACH) break;
        const triple = TRIPLES_AT + (held[j]! * N + held[k]!) * N + concept;
        if (this.#isNew(triple, i)) out[n++] = triple;
      }
    }
    if (this.#held === MEMORY) {
      at.copyWithin(0, 1);
      held.copyWithin(0, 1);
      this.#held--;
    }
    at[this.#held] = i;
    held[this.#held++] = concept;
    return n;
  }
}

/** The concepts that a feature stands for, joined by `+` in their order; undefined for features of words. */
export function nameFeature(feature: number): string | undefined {
  const name = (concept: number): string => CONCEPTS[concept]!;
  if (feature < WORDS) return undefined;
  if (feature < PAIRS_AT) return name(feature - WORDS);
  if (feature < TRIPLES_AT) {
    const pair = Math.floor((feature - PAIRS_AT) / NEAR.length);
    return `${name(Math.floor(pair / N))}+${name(pair % N)}`;
  }
  if (feature < MARKS_AT) {
    const triple = feature - TRIPLES_AT;
    return `${name(Math.floor(triple / N / N))}+${name(Math.floor(triple / N) % N)}+${name(triple % N)}`;
  }
  return 'capitals';
}
