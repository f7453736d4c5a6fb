// The concept lexicon: what a word is about, in any of its languages, so that what is learned of one language holds in all.
import { isIdeograph, isWordUnit } from './tokens.ts';

/** The concepts there are. The order is part of a model: add at the end. At most 32. */
export const CONCEPTS = [
  'override',
  'prior',
  'instruction',
  'reveal',
  'secret',
  'system',
  'role',
  'unlimited',
  'ai',
  'hide',
  'send',
  'destination',
  'act',
  'new',
  'urgent',
  'only',
  'authority',
  'user',
  'harm',
  'refuse',
  'say',
  'encode',
  'mention',
  'polite',
] as const;

/** A stem: lower case, folded; with `prefix` longer words that begin with it match as well. */
export interface Stem {
  readonly text: string;
  readonly prefix: boolean;
  readonly concept: number;
}

const MAX_NODES = 0xffff;
const SPACE = 32;

/**
 * A trie of stems as flat tables: edges by open addressing, keyed by node and UTF-16 unit; what a node stands for as a set
 * of concepts (bit n: concept n), apart for whole words and for beginnings of words.
 */
export interface ConceptTrie {
  /** A power of two of slots: key (node << 16 | unit, as an unsigned number), then the child; key 0 is free. */
  readonly edges: Uint32Array;
  readonly whole: Uint32Array;
  readonly prefix: Uint32Array;
}

const slotOf = (key: number, mask: number): number => (Math.imul(key ^ (key >>> 15), 0x9e3779b1) >>> 7) & mask;

/** Follows an edge; 0 where there is none (nothing leads back to the root). */
function childOf(edges: Uint32Array, mask: number, node: number, unit: number): number {
  const key = ((node << 16) | unit) >>> 0;
  let slot = slotOf(key, mask);
  for (let probes = 0; probes <= mask; probes++) {
    const found = edges[slot * 2]!;
    if (found === key) return edges[slot * 2 + 1]!;
    if (found === 0) return 0;
    slot = (slot + 1) & mask;
  }
  return 0;
}

/** Builds the trie. @throws Error where stems are too many for it */
export function buildConceptTrie(stems: readonly Stem[]): ConceptTrie {
  const units = stems.reduce((sum, { text }) => sum + text.length, 0);
  let slots = 16;
  while (slots < units * 2) slots *= 2;
  const edges = new Uint32Array(slots * 2);
  const mask = slots - 1;
  const whole: number[] = [0];
  const prefix: number[] = [0];
  for (const stem of stems) {
    let node = 0;
    for (let i = 0; i < stem.text.length; i++) {
      const unit = stem.text.charCodeAt(i);
      let child = childOf(edges, mask, node, unit);
      if (child === 0) {
        child = whole.push(0) - 1;
        prefix.push(0);
        if (child > MAX_NODES) throw new Error('the concept lexicon has too many stems for its table');
        const key = ((node << 16) | unit) >>> 0;
        let slot = slotOf(key, mask);
        while (edges[slot * 2] !== 0) slot = (slot + 1) & mask;
        edges[slot * 2] = key;
        edges[slot * 2 + 1] = child;
      }
      node = child;
    }
    const sets = stem.prefix ? prefix : whole;
    sets[node] = (sets[node]! | (1 << stem.concept)) >>> 0;
  }
  return { edges, whole: Uint32Array.from(whole), prefix: Uint32Array.from(prefix) };
}

/**
 * The concepts of the longest stem that begins at a word's start, as a set of bits; 0 where none does. A run of white space
 * stands for the one space of a stem. Bounded by the longest stem.
 */
export function conceptsAt(trie: ConceptTrie, lower: string, start: number): number {
  const { edges, whole, prefix } = trie;
  const mask = edges.length / 2 - 1;
  const { length } = lower;
  let found = 0;
  let node = 0;
  for (let i = start; i < length; i++) {
    let unit = lower.charCodeAt(i);
    if (unit === 9 || unit === 10 || unit === 13) unit = SPACE;
    if (unit === SPACE && lower.charCodeAt(i + 1) === SPACE) continue;
    node = childOf(edges, mask, node, unit);
    if (node === 0) return found;
    if (prefix[node] !== 0) found = prefix[node]!;
    if (whole[node] !== 0) {
      const next = i + 1 < length ? lower.charCodeAt(i + 1) : SPACE;
      if (!isWordUnit(next) || isIdeograph(unit)) found = (found | whole[node]!) >>> 0;
    }
  }
  return found;
}
