// A pattern tried at one place, with the one that says whether more text could change its answer.
import { toPartialPattern } from '../partial.ts';

export interface Sticky {
  readonly pattern: RegExp;
  /** Matches where the text ends before the pattern has its answer. */
  readonly partial: RegExp;
  /** Most characters that the pattern looks at. */
  readonly most: number;
}

/** @param source of a pattern that looks at no more than `most` characters: bounded repetitions only */
export function sticky(source: string, most: number): Sticky {
  return { pattern: new RegExp(source, 'y'), partial: new RegExp(toPartialPattern(source), 'y'), most };
}
