// Finds the words that moved a score again in the text as it came, so that they can be shown where they stand.
import type { Explanation, Reason } from '../contract/index.ts';
import { lowerSameLength } from './fold.ts';
import type { TextView } from './view.ts';

/** Places of one word that are told: more of them say nothing new. */
const MOST_PLACES = 50;

const isWord = (unit: string | undefined): boolean => unit !== undefined && /[\p{L}\p{N}_]/u.test(unit);

/** Spans of a word in the folded text, standing alone within a stretch of it. */
function occurrences(lower: string, word: string, from: number, to: number): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  if (word === '') return found;
  for (let at = lower.indexOf(word, from); at !== -1 && at + word.length <= to;) {
    const end = at + word.length;
    // Scripts without spaces have no edges to look for: there, a word's neighbours are words.
    const glued = /^[\x21-\x7e]+$/.test(word) && (isWord(lower[at - 1]) || isWord(lower[end]));
    if (!glued) found.push([at, end]);
    if (found.length >= MOST_PLACES) break;
    at = lower.indexOf(word, end);
  }
  return found;
}

/** The first folded index whose original text begins at or behind an offset. */
function foldedIndex(view: TextView, offset: number): number {
  let low = 0;
  let high = view.folded.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.toOriginal(middle, middle)[0] < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One reason for each word, whatever its case, with the sum of its weights: the same word may stand in it twice. */
function joinWords(reasons: readonly Reason[]): Reason[] {
  const words = new Map<string, Reason>();
  const others: Reason[] = [];
  for (const reason of reasons) {
    if (reason.kind !== 'word' || reason.places !== undefined) {
      others.push(reason);
      continue;
    }
    const what = lowerSameLength(reason.what);
    const known = words.get(what);
    words.set(what, { kind: 'word', what: known?.what ?? reason.what, weight: (known?.weight ?? 0) + reason.weight });
  }
  return [...words.values(), ...others].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** The explanation with the places of its words, where the detector gave none. */
export function placeWords(view: TextView, explanation: Explanation): Explanation {
  const from = foldedIndex(view, explanation.start);
  const to = foldedIndex(view, explanation.end);
  const reasons = joinWords(explanation.reasons).map((reason) => {
    if (reason.kind !== 'word' || reason.places !== undefined) return reason;
    const spans = occurrences(view.lower, lowerSameLength(reason.what), from, to);
    const places = spans.map((span) => view.toOriginal(...span)).map(([start, end]) => ({ start, end }));
    return { ...reason, places };
  });
  return { ...explanation, reasons };
}
