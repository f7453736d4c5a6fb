// Which words of a text are tinted, and how strongly: by what they added to a prompt-attack score.
import type { Explanation } from '../contract.ts';

export interface WeightedWord {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

export interface TintedPiece {
  readonly text: string;
  /** 1 to 4: how much it adds to the score; below 0: takes from it; 0: text between the words. */
  readonly level: number;
  readonly weight: number;
}

const LEVELS = 4;

/** The words of a text with their weights; where several explanations weigh one, the heaviest weight counts. */
export function weightedWords(explanations: readonly Explanation[]): WeightedWord[] {
  const words = new Map<string, WeightedWord>();
  for (const { reasons } of explanations) {
    for (const { kind, weight, places = [] } of reasons) {
      if (kind !== 'word' || weight === 0) continue;
      for (const { start, end } of places) {
        const known = words.get(`${start}-${end}`);
        if (known === undefined || Math.abs(weight) > Math.abs(known.weight)) {
          words.set(`${start}-${end}`, { start, end, weight });
        }
      }
    }
  }
  return [...words.values()].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Cuts a stretch of a text that begins at `offset` at the ends of the words in it. Joined, the pieces are the stretch. */
export function tintWords(text: string, offset: number, words: readonly WeightedWord[], most: number): TintedPiece[] {
  const pieces: TintedPiece[] = [];
  let at = 0;
  for (const { start, end, weight } of words) {
    const from = Math.max(start - offset, at);
    const to = Math.min(end - offset, text.length);
    if (from >= to) continue;
    if (from > at) pieces.push({ text: text.slice(at, from), level: 0, weight: 0 });
    const level = Math.sign(weight) * Math.max(1, Math.ceil((Math.abs(weight) / most) * LEVELS));
    pieces.push({ text: text.slice(from, to), level, weight });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), level: 0, weight: 0 });
  return pieces;
}
