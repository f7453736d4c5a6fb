// What a kind of personal data is: a judge of one start position that looks a bounded way around it.
import type { Severity } from '../../contract/index.ts';

/** The text under judgement, folded, with the same text in lower case. */
export interface PiiText {
  readonly folded: string;
  readonly lower: string;
}

export interface PiiMatch {
  readonly start: number;
  readonly end: number;
  readonly score: number;
  /** Where it differs from the kind's own. */
  readonly severity?: Severity;
}

/**
 * Where a kind is tried. `digit`: at a token (run of ASCII letters and digits) that starts with a digit. `letter`: at
 * one that starts with a letter and has a digit in it. `at`: at an `@`. `colon`: at a `:`.
 */
export type Anchor = 'digit' | 'letter' | 'at' | 'colon';

export interface PiiKind {
  /** Rule id, `pii.name`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly anchors: readonly Anchor[];
  /** Nothing is found without one of certain words within `CONTEXT` characters before the match. */
  readonly needsWord?: boolean;
  /** For the anchor `digit`: fewest digits of a match, with single signs and letters between them. */
  readonly digits?: number;
  /**
   * Patterns that, tried at the anchor in any case, see all of the text behind it that decides what `match` says: so
   * that a stream can tell a match that is still open. At a colon they are tried where the address starts.
   */
  readonly shapes: readonly RegExp[];
  /**
   * Judges the candidate at `at` by itself, looking at most `MATCH_REACH` characters past the start of the match it
   * returns and at most `LOOKBEHIND` before it.
   */
  match(text: PiiText, at: number): PiiMatch | undefined;
}

/** Longest match and what follows it: an e-mail address of 64 + 1 + 120 characters. */
export const MATCH_REACH = 192;
/** Context words and a boundary before the start of a match. */
export const LOOKBEHIND = 64;
/** How far before a number a word is taken to say what the number is. */
const CONTEXT = 40;

/** Most characters between the start of a match and the anchor it is tried at: a month before its day. */
const START_MOST = 16;

/**
 * Tells, for places in ascending order, whether a word can be among the characters in which one is looked for. In tables
 * of numbers none is, and the kinds that need one need not be tried.
 */
export function wordsBefore(text: string): (at: number) => boolean {
  let seen = 0;
  let last = -CONTEXT - START_MOST - 1;
  return (at) => {
    for (let place = at - 1; place >= seen; place--) {
      if (!isOfWord(text.charCodeAt(place))) continue;
      last = place;
      break;
    }
    seen = Math.max(seen, at);
    return at - last <= CONTEXT + START_MOST;
  };
}

function isOfWord(code: number): boolean {
  return code > 127 || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** The characters before `at` among which a context word is looked for, in lower case. */
export function contextBefore(text: PiiText, at: number): string {
  return text.lower.slice(Math.max(0, at - CONTEXT), at);
}

/**
 * A sticky pattern tried at `at`: the end of the match, or -1.
 * Patterns given here must be of bounded length: no `*`, no `+`, no `{n,}`.
 */
export function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Whether the code is an ASCII digit. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Whether the code is an ASCII letter or digit. */
export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** The digits of a text, separators dropped. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
