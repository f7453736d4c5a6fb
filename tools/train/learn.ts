// Learns the weights of one head: logistic regression by AdaGrad over the window of each text that speaks loudest.
import { createView } from '../../src/detect/index.ts';
import type { ClusterTable } from '../../src/detect/classifier/clusters.ts';
import type { ConceptTrie } from '../../src/detect/classifier/concepts.ts';
import { FEATURES, FeatureReader, MAX_OF_TOKEN } from '../../src/detect/classifier/features.ts';
import { tokenize } from '../../src/detect/classifier/tokens.ts';

/** A text as features: those of word i are `features[offsets[i]..offsets[i + 1]]`. */
export interface Read {
  readonly features: Int32Array;
  readonly offsets: Int32Array;
}

/** Reads texts once, for any number of trainings. */
export function createReader(trie: ConceptTrie, clusters: ClusterTable): (text: string, maxWords?: number) => Read {
  const reader = new FeatureReader(trie, clusters);
  const out = new Int32Array(MAX_OF_TOKEN);
  return (text, maxWords = 4000) => {
    const { folded, lower } = createView(text);
    const tokens = tokenize(folded, lower);
    reader.open(tokens, lower);
    const count = Math.min(tokens.count, maxWords);
    const offsets = new Int32Array(count + 1);
    const features: number[] = [];
    for (let i = 0; i < count; i++) {
      const n = reader.read(i, out);
      for (let k = 0; k < n; k++) features.push(out[k]!);
      offsets[i + 1] = features.length;
    }
    return { features: Int32Array.from(features), offsets };
  };
}

export interface Example {
  readonly read: Read;
  readonly positive: boolean;
  readonly weight: number;
  readonly source: string;
  /** Words of the attack within the text, where it is known: only windows over it are learned from. */
  readonly attack?: readonly [from: number, to: number] | undefined;
}

export interface LearnOptions {
  /** Words of a window, of each size that is tried. */
  readonly windows: readonly number[];
  readonly epochs: number;
  readonly rate: number;
  /** Share of the features that are left out at each step. */
  readonly dropout: number;
  /** A feature must be in texts of so many sources to count. */
  readonly support: number;
  readonly seed: number;
  /** Squared slope that a feature is taken to have seen before its first: the larger, the less a rare one can say. */
  readonly caution: number;
}

/** A seeded source of numbers in 0..1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

/** The loudest window of a text: first word, one past the last, and the sum of its weights. */
export function loudest(
  read: Read,
  weights: Float64Array,
  sizes: readonly number[],
  within?: readonly [from: number, to: number],
): { from: number; to: number; sum: number } {
  const { features, offsets } = read;
  const count = offsets.length - 1;
  const sums = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    let sum = sums[i]!;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k++) sum += weights[features[k]!]!;
    sums[i + 1] = sum;
  }
  let best = { from: 0, to: Math.min(count, sizes[0]!), sum: -Infinity };
  for (const size of sizes) {
    const window = Math.min(size, count);
    // Windows that hold all of the attack, or as much of it as they can.
    const [a, b] = within ?? [0, count];
    const fits = within !== undefined && b - a <= window;
    const first = within === undefined ? 0 : Math.max(0, fits ? b - window : a);
    const last = within === undefined ? count - window : Math.min(count - window, fits ? a : b - window);
    for (let i = Math.min(first, last); i <= last; i++) {
      const sum = sums[i + window]! - sums[i]!;
      if (sum > best.sum) best = { from: i, to: i + window, sum };
    }
    if (window === count) break;
  }
  return best;
}

export interface Learned {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Which features are in texts of at least `support` sources. */
function supported(examples: readonly Example[], support: number): Uint8Array {
  const bySource = new Map<string, Set<number>>();
  for (const { read, source } of examples) {
    let set = bySource.get(source);
    if (set === undefined) bySource.set(source, (set = new Set()));
    for (const feature of read.features) set.add(feature);
  }
  const counts = new Uint8Array(FEATURES);
  for (const set of bySource.values()) for (const f of set) if (counts[f]! < 255) counts[f]!++;
  return counts.map((count) => (count >= support ? 1 : 0));
}

export function learn(examples: readonly Example[], options: LearnOptions): Learned {
  const { windows: sizes, epochs, rate, dropout, seed } = options;
  const random = createRandom(seed);
  const allowed = supported(examples, options.support);
  const weights = new Float64Array(FEATURES);
  const squares = new Float64Array(FEATURES).fill(options.caution);
  let bias = -1;
  let biasSquare = 1;
  const order = examples.map((_, i) => i);
  const chosen = new Int32Array(1 << 16);
  // The mean of the weights after each of the later epochs: steadier than the last.
  const mean = new Float64Array(FEATURES);
  let meanBias = 0;
  let means = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (const index of order) {
      const { read, positive, weight, attack } = examples[index]!;
      const windows = [loudest(read, weights, sizes, attack)];
      const count = read.offsets.length - 1;
      // Of a harmless text any other window is harmless too.
      const window = sizes[Math.floor(random() * sizes.length)]!;
      if (!positive && count > window) {
        const from = Math.floor(random() * (count - window + 1));
        windows.push({ from, to: from + window, sum: 0 });
      }
      for (const { from, to } of windows) {
        let n = 0;
        let sum = bias;
        const scale = 1 / (1 - dropout);
        for (let k = read.offsets[from]!; k < read.offsets[to]! && n < chosen.length; k++) {
          const feature = read.features[k]!;
          if (allowed[feature] === 0 || random() < dropout) continue;
          chosen[n++] = feature;
          sum += weights[feature]! * scale;
        }
        const p = 1 / (1 + Math.exp(-sum));
        const slope = (p - (positive ? 1 : 0)) * weight;
        for (let k = 0; k < n; k++) {
          const feature = chosen[k]!;
          squares[feature]! += slope * slope;
          weights[feature]! -= (rate * slope) / Math.sqrt(squares[feature]!);
        }
        biasSquare += slope * slope;
        bias -= (rate * slope) / Math.sqrt(biasSquare);
      }
    }
    if (epoch >= epochs / 2) {
      means++;
      for (let f = 0; f < FEATURES; f++) mean[f]! += weights[f]!;
      meanBias += bias;
    }
  }
  for (let f = 0; f < FEATURES; f++) mean[f]! /= means;
  return { weights: mean, bias: meanBias / means };
}
