// Attacks on classifiers of texts: the words that matter most are written another way, until the classifier lets the text pass.
import { Stream } from '../evasion/stream.ts';
import { drop, homoglyph, homoglyphs, swap, zeroWidth } from './character.ts';
import type { Edit } from './edit.ts';
import { alternateCase, htmlEntities, leetspeak, padded, spaced, split, upperCase } from './word.ts';

/** Scores of the class that texts are to be kept out of, 0 to 1, in the order of the texts. */
export type TextClassifier = (texts: string[]) => Promise<number[]>;

export const CHARACTER_EDITS: Readonly<Record<string, Edit>> = {
  swap,
  delete: drop,
  homoglyph,
  homoglyphs,
  'zero-width': zeroWidth,
};
export const WORD_EDITS: Readonly<Record<string, Edit>> = {
  leetspeak,
  spaced,
  split,
  'alternate-case': alternateCase,
  'upper-case': upperCase,
  padded,
  'html-entities': htmlEntities,
};

export interface TextAttackOptions {
  /** By name; all of both levels unless said otherwise. */
  readonly edits?: Readonly<Record<string, Edit>>;
  /** A score below it passes. */
  readonly threshold: number;
  /** Texts that the classifier may be asked, the given one included. */
  readonly queries?: number;
  /** Share of words that may be changed, 0 to 1. */
  readonly share?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface TextEdit {
  readonly edit: string;
  /** Which word, from 0. */
  readonly word: number;
  readonly before: string;
  readonly after: string;
}

export interface TextAttackResult {
  /** The text of the least score. */
  readonly text: string;
  readonly score: number;
  /** Of the text as given. */
  readonly before: number;
  /** Whether a text that did not pass was made to. */
  readonly fooled: boolean;
  readonly edits: readonly TextEdit[];
  readonly queries: number;
}

const DEFAULT_QUERIES = 1000;
const DEFAULT_SHARE = 0.4;
/** Texts asked at once, at most. */
const PIECE = 64;

/** Words and what stands between them: even places are gaps, odd ones words. */
const partsOf = (text: string): string[] => text.split(/([\p{L}\p{N}\p{M}_'’]+)/u);

/**
 * Attacks one text: importance of each word by what the score loses without it, then the edit that lowers the score most, word by word,
 * most important first (Gao et al. 2018, DeepWordBug; Jin et al. 2020, TextFooler). Never asks more than it may; the last word on whether
 * the text passes is the caller's, who asks again.
 * @throws what the classifier throws; AbortError
 */
export async function attackText(
  classifier: TextClassifier,
  text: string,
  options: TextAttackOptions,
): Promise<TextAttackResult> {
  const { edits = { ...CHARACTER_EDITS, ...WORD_EDITS }, threshold, signal } = options;
  const { queries: most = DEFAULT_QUERIES, share = DEFAULT_SHARE } = options;
  const stream = new Stream(options.seed);
  const parts = partsOf(text);
  const words = Array.from({ length: (parts.length - 1) / 2 }, (_, w) => 2 * w + 1);
  let asked = 0;
  /** Scores of as many as may be asked still. */
  const ask = async (texts: readonly string[]): Promise<number[]> => {
    const allowed = texts.slice(0, Math.max(0, most - asked));
    const scores: number[] = [];
    for (let at = 0; at < allowed.length; at += PIECE) {
      signal?.throwIfAborted();
      const piece = allowed.slice(at, at + PIECE);
      asked += piece.length;
      scores.push(...(await classifier(piece)));
    }
    return scores;
  };
  const withPart = (at: number, part: string): string =>
    parts.slice(0, at).join('') + part + parts.slice(at + 1).join('');

  const before = (await ask([text]))[0] ?? Number.NaN;
  let score = before;
  const done: TextEdit[] = [];
  const result = (): TextAttackResult => ({
    text: parts.join(''),
    score,
    before,
    fooled: before >= threshold && score < threshold,
    edits: done,
    queries: asked,
  });
  if (!(before >= threshold)) return result();

  // Half of what may be asked goes into finding the words that matter: for longer texts, of a random choice of them.
  const looked = shuffled(words, stream).slice(0, Math.max(1, Math.floor(most / 2)));
  const without = await ask(looked.map((at) => withPart(at, '')));
  const order = looked
    .slice(0, without.length)
    .map((at, i) => ({ at, loss: before - without[i]! }))
    .sort((a, b) => b.loss - a.loss || a.at - b.at);
  const allowed = Math.max(1, Math.floor(share * words.length));
  for (const { at } of order) {
    if (done.length >= allowed || asked >= most) break;
    const word = parts[at]!;
    const tries = Object.entries(edits).flatMap(([edit, write]) => {
      const after = write(word, stream);
      return after === undefined || after === word ? [] : [{ edit, after }];
    });
    const scores = await ask(tries.map(({ after }) => withPart(at, after)));
    let best = -1;
    scores.forEach((found, i) => {
      if (found < score && (best < 0 || found < scores[best]!)) best = i;
    });
    if (best < 0) continue;
    const { edit, after } = tries[best]!;
    score = scores[best]!;
    done.push({ edit, word: (at - 1) / 2, before: word, after });
    parts[at] = after;
    if (score < threshold) break;
  }
  return result();
}

function shuffled<T>(values: readonly T[], stream: Stream): T[] {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = stream.below(i + 1);
    [mixed[i], mixed[other]] = [mixed[other]!, mixed[i]!];
  }
  return mixed;
}
