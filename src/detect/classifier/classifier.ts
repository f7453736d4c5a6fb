// Scores a text by its most telling window of words, and says what told.
import { FEATURES, FeatureReader, MAX_OF_TOKEN, nameFeature } from './features.ts';
import type { Head, Model } from './model.ts';
import { type Tokens, tokenize } from './tokens.ts';

/** Heads that look for something; the others tell of which kind it is. */
export type Detecting = 'direct' | 'indirect' | 'harmful';
export type Kind = 'injection' | 'extraction' | 'exfiltration' | 'jailbreak';

/** The window of a text that speaks loudest to a head. */
export interface Loudest {
  /** Span in the folded text. */
  readonly start: number;
  readonly end: number;
  /** Log odds; 0 is the shipped threshold. */
  readonly odds: number;
  /** First word and one past the last. */
  readonly words: readonly [from: number, to: number];
}

/** What moved a score: a word or concepts, and by how much of the log odds. */
export interface Reason {
  readonly kind: 'word' | 'concept';
  readonly what: string;
  readonly weight: number;
}

/** Windows of a text that are told of at the most. */
const MOST_WINDOWS = 8;

const KINDS: readonly Kind[] = ['injection', 'extraction', 'exfiltration', 'jailbreak'];

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** One text under judgement. */
export interface Reading {
  /** Windows of each head that was asked, the loudest first; they do not overlap. The first is there in any case. */
  readonly windows: Readonly<Partial<Record<Detecting, readonly Loudest[]>>>;
  /** Of which kind an attack in the window is. */
  kindOf(window: Loudest): Kind;
  /** Words and concepts of the window by their weight for a head, the heaviest first. */
  explain(window: Loudest, head: Head, most?: number): readonly Reason[];
}

export class Classifier {
  readonly version: string;
  readonly #model: Model;
  readonly #reader: FeatureReader;
  readonly #out = new Int32Array(MAX_OF_TOKEN);
  /** Weights of heads that are asked together, side by side. */
  readonly #direct: Int16Array;

  constructor(model: Model) {
    this.version = model.version;
    this.#model = model;
    this.#reader = new FeatureReader(model.trie, model.clusters);
    this.#direct = new Int16Array(FEATURES * 2);
    for (let feature = 0; feature < FEATURES; feature++) {
      this.#direct[feature * 2] = model.heads.direct.weights[feature]!;
      this.#direct[feature * 2 + 1] = model.heads.harmful.weights[feature]!;
    }
  }

  /**
   * Reads a text. Linear in its length.
   * @param folded - as `TextView.folded`; `lower` is it in lower case, of the same length
   * @param way - who speaks: a person to the model, or something that the model was given to read
   */
  read(folded: string, lower: string, way: 'direct' | 'indirect'): Reading {
    const tokens = tokenize(folded, lower);
    this.#reader.open(tokens, lower);
    const windows = way === 'direct' ? this.#readDirect(tokens) : this.#readIndirect(tokens);
    return {
      windows,
      kindOf: (window) => this.#kindOf(tokens, lower, window),
      explain: (window, head, most = 8) => this.#explain(tokens, folded, lower, window, head, most),
    };
  }

  #readDirect(tokens: Tokens): Reading['windows'] {
    const { count } = tokens;
    const attack = new Int32Array(count + 1);
    const harm = new Int32Array(count + 1);
    const [out, weights] = [this.#out, this.#direct];
    for (let i = 0; i < count; i++) {
      let a = attack[i]!;
      let h = harm[i]!;
      const n = this.#reader.read(i, out);
      for (let k = 0; k < n; k++) {
        const at = out[k]! * 2;
        a += weights[at]!;
        h += weights[at + 1]!;
      }
      attack[i + 1] = a;
      harm[i + 1] = h;
    }
    return { direct: this.#loudest(tokens, attack, 'direct'), harmful: this.#loudest(tokens, harm, 'harmful') };
  }

  #readIndirect(tokens: Tokens): Reading['windows'] {
    const { count } = tokens;
    const attack = new Int32Array(count + 1);
    const out = this.#out;
    const { weights } = this.#model.heads.indirect;
    for (let i = 0; i < count; i++) {
      let a = attack[i]!;
      const n = this.#reader.read(i, out);
      for (let k = 0; k < n; k++) a += weights[out[k]!]!;
      attack[i + 1] = a;
    }
    return { indirect: this.#loudest(tokens, attack, 'indirect') };
  }

  /** Windows of every size, the loudest first, as long as they are over the threshold; one in any case. */
  #loudest({ count, start, end }: Tokens, sums: Int32Array, head: Detecting): Loudest[] {
    const found: Loudest[] = [];
    while (found.length < MOST_WINDOWS) {
      let best = -Infinity;
      let from = 0;
      let to = 0;
      for (const size of this.#model.heads[head].windows) {
        const width = Math.min(size, count);
        for (let i = 0; i + width <= count; i++) {
          // Sums wrap around; the difference of two that are a window apart does not.
          const sum = (sums[i + width]! - sums[i]!) | 0;
          if (sum <= best) continue;
          const over = found.find(({ words }) => words[0] < i + width && i < words[1]);
          if (over !== undefined) {
            i = over.words[1] - 1;
            continue;
          }
          best = sum;
          from = i;
          to = i + width;
        }
        if (width === count) break;
      }
      // Without words there is nothing to be loud.
      const odds = to === from ? -Infinity : this.#odds(head, best);
      if (found.length > 0 && odds < 0) break;
      found.push({
        start: to === from ? 0 : start[from]!,
        end: to === from ? 0 : end[to - 1]!,
        odds,
        words: [from, to],
      });
      if (odds < 0) break;
    }
    return found;
  }

  #odds(head: Head, sum: number): number {
    const { scale, bias, slope, offset } = this.#model.heads[head];
    return slope * (scale * sum + bias) + offset;
  }

  /** Calls back with each feature of the words of a window. */
  #eachFeature(tokens: Tokens, lower: string, [from, to]: Loudest['words'], each: (f: number, word: number) => void) {
    // Read from far enough before it to know what was said already, as it was when the whole was read.
    this.#reader.open(tokens, lower);
    for (let i = 0; i < to; i++) {
      const n = this.#reader.read(i, this.#out);
      if (i < from) continue;
      for (let k = 0; k < n; k++) each(this.#out[k]!, i);
    }
  }

  #kindOf(tokens: Tokens, lower: string, window: Loudest): Kind {
    const sums = KINDS.map(() => 0);
    this.#eachFeature(tokens, lower, window.words, (feature) => {
      for (const [k, kind] of KINDS.entries()) sums[k]! += this.#model.heads[kind].weights[feature]!;
    });
    const odds = KINDS.map((kind, k) => this.#odds(kind, sums[k]!));
    return KINDS[odds.indexOf(Math.max(...odds))]!;
  }

  #explain(tokens: Tokens, folded: string, lower: string, window: Loudest, head: Head, most: number): Reason[] {
    const { weights, scale, slope } = this.#model.heads[head];
    const byWord = new Map<number, number>();
    const byConcept = new Map<string, number>();
    this.#eachFeature(tokens, lower, window.words, (feature, word) => {
      const weight = weights[feature]! * scale * slope;
      const concepts = nameFeature(feature);
      if (concepts === undefined) byWord.set(word, (byWord.get(word) ?? 0) + weight);
      else byConcept.set(concepts, (byConcept.get(concepts) ?? 0) + weight);
    });
    const reasons: Reason[] = [
      ...[...byWord].map(([word, weight]) => ({
        kind: 'word' as const,
        what: folded.slice(tokens.start[word], tokens.end[word]),
        weight,
      })),
      ...[...byConcept].map(([what, weight]) => ({ kind: 'concept' as const, what, weight })),
    ];
    return reasons.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
  }
}
