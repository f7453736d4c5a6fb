// The end of a text that more will follow: where half a character stands, nothing is known of it yet.
import type { TextView } from './view.ts';

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;

/** A text's forms as far as no continuation changes them: without the half of a surrogate pair at their end. */
export interface SettledText {
  readonly folded: string;
  readonly lower: string;
  readonly length: number;
}

/** The folded text without a high surrogate at its end, whose other half may follow and fold to any letter. */
export function settledText({ folded, lower }: TextView): SettledText {
  const { length } = folded;
  if (!isHighSurrogate(folded.charCodeAt(length - 1))) return { folded, lower, length };
  return { folded: folded.slice(0, -1), lower: lower.slice(0, -1), length: length - 1 };
}

/**
 * Where the part of a text that a sticky pattern of an open match may begin in starts: the last `reach` characters.
 * Matches that began earlier are settled whatever follows.
 */
export function leastOpen(length: number, reach: number): number {
  return Math.max(0, length - reach + 1);
}
