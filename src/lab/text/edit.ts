// What may be done to a word so that a person still reads it.
import type { Stream } from '../evasion/stream.ts';

/** Writes a word anew; undefined where the edit has nothing to act on. */
export type Edit = (word: string, stream: Stream) => string | undefined;

/** User-visible characters, so that no surrogate pair or combining mark is torn apart. */
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function charactersOf(word: string): string[] {
  return Array.from(segmenter.segment(word), ({ segment }) => segment);
}
