// Reads words of a text one by one, and remembers whether the text's end was in sight: then later text may change them.
import type { SettledText } from '../open-end.ts';
import { flagsOf } from './lexicon.ts';
import type { Sticky } from './sticky.ts';

/** Longest word that can be of a name. */
const WORD_MOST = 26;
/** How far before a start words are taken to say what follows. */
export const CONTEXT = 48;

/** How many words are kept; a power of two. */
const KEPT = 64;

/** How a word is written: `Title`, `UPPER`, `lower`, or otherwise. */
export type Case = 'title' | 'upper' | 'lower' | 'other';

export interface Word {
  readonly start: number;
  readonly end: number;
  readonly written: Case;
  /** What the lexicon knows of it, if it is capitalised: see `lexicon.ts`. */
  readonly flags: number;
}

const isUpper = (code: number): boolean => code >= 65 && code <= 90;
const isLower = (code: number): boolean => code >= 97 && code <= 122;
const isLetter = (code: number): boolean => isUpper(code) || isLower(code);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Which signs these are, by their code. */
function signs(of: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (of.test(String.fromCharCode(code)) ? 1 : 0));
}

/** Behind these a letter goes on with a path, a handle, an identifier or an address. */
const JOINED_BEFORE = signs(/[A-Za-z0-9_@.$#\\/&=~%+-]/);
/** Before these a word is of code or of an address. */
const JOINED_AFTER = signs(/[A-Za-z0-9_@(=<[\\/$]/);

const CASES: readonly (readonly [Case, RegExp])[] = [
  ['title', /^[A-Z][a-z]*(?:['-]?[A-Z]?[a-z]+)*$/],
  ['upper', /^[A-Z][A-Z'-]+$/],
  ['lower', /^[a-z'-]+$/],
];

/** Whether a word may start at `at`: nothing is joined to it on the left. */
export function startsWord(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  if (before > 127) return true;
  if (before === 39 && isLetter(text.charCodeAt(at - 2))) {
    // Articles that lost their vowel: d'Alice, l'Espagne.
    return /(?<![A-Za-z])[dl]'$/i.test(text.slice(Math.max(0, at - 3), at));
  }
  return JOINED_BEFORE[before] === 0;
}

export class Reader {
  readonly text: string;
  readonly lower: string;
  readonly length: number;
  /** Whether what stands behind the last character was asked for. */
  atEnd = false;

  readonly #watches: boolean;
  /** The last words that were read, by where they start, and whether the end was in sight. */
  readonly #places: number[] = new Array<number>(KEPT).fill(-1);
  readonly #words: (Word | undefined)[] = new Array<Word | undefined>(KEPT).fill(undefined);
  readonly #sawEnd: boolean[] = new Array<boolean>(KEPT).fill(false);

  /** @param watches whether `atEnd` is of interest, which costs a little where patterns meet the end */
  constructor({ folded, lower, length }: SettledText, watches: boolean) {
    this.text = folded;
    this.lower = lower;
    this.length = length;
    this.#watches = watches;
  }

  /** The unit at `at`; 0 behind the end. */
  code(at: number): number {
    if (at < this.length) return this.text.charCodeAt(at);
    this.atEnd = true;
    return 0;
  }

  /** What stands before `at`, in lower case. */
  before(at: number): string {
    return this.lower.slice(Math.max(0, at - CONTEXT), at);
  }

  /** Where the match of a pattern at `at` ends, or -1. */
  match({ pattern, partial, most }: Sticky, at: number): number {
    if (this.#watches && !this.atEnd && at + most >= this.length) {
      partial.lastIndex = at;
      if (partial.test(this.text)) this.atEnd = true;
    }
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : -1;
  }

  /** Where the word at `at` ends; -1 where none is, or what is there is of code, of an address, or too long. */
  endOfWord(at: number): number {
    let end = at;
    for (; end - at <= WORD_MOST; end++) {
      const code = this.code(end);
      if (isLetter(code)) continue;
      if (code === 45 && end > at && isLetter(this.code(end + 1))) continue;
      // An apostrophe is of a name behind one letter or a short "Mac": O'Brien, D'Angelo.
      if (code === 39 && end - at === 1 && isUpper(this.code(end + 1))) continue;
      break;
    }
    if (end === at || end - at > WORD_MOST) return -1;
    const next = this.code(end);
    if (next === 0) return end;
    // Don't, Can't: no Don.
    if (next === 39 && this.code(end + 1) === 116 && this.text.charCodeAt(end - 1) === 110) return -1;
    if (next === 46) return isLetter(this.code(end + 1)) && end - at > 1 ? -1 : end;
    return next < 128 && JOINED_AFTER[next] === 1 ? -1 : end;
  }

  /** The word at `at`, with what the lexicon knows of it. Each is asked for several times, so the last ones are kept. */
  wordAt(at: number): Word | undefined {
    const slot = at & (KEPT - 1);
    if (this.#places[slot] === at) {
      if (this.#sawEnd[slot]) this.atEnd = true;
      return this.#words[slot];
    }
    const sawEnd = this.atEnd;
    this.atEnd = false;
    const end = this.endOfWord(at);
    const written = end < 0 ? 'other' : this.caseOf(at, end);
    const flags = written === 'title' || written === 'upper' ? flagsOf(this.text, at, end) : 0;
    const word = end < 0 ? undefined : { start: at, end, written, flags };
    this.#places[slot] = at;
    this.#words[slot] = word;
    this.#sawEnd[slot] = this.atEnd;
    this.atEnd ||= sawEnd;
    return word;
  }

  /** The word that one space, or two, part from the place `end`. */
  nextWord(end: number): Word | undefined {
    if (this.code(end) !== 32) return undefined;
    const at = this.code(end + 1) === 32 ? end + 2 : end + 1;
    return isLetter(this.code(at)) ? this.wordAt(at) : undefined;
  }

  private caseOf(start: number, end: number): Case {
    const code = this.text.charCodeAt(start);
    // The usual forms, without a pattern.
    let rest = start + 1;
    while (rest < end && isLower(this.text.charCodeAt(rest))) rest++;
    if (rest === end) return isUpper(code) ? 'title' : 'lower';
    const word = this.text.slice(start, end);
    return CASES.find(([, pattern]) => pattern.test(word))?.[0] ?? 'other';
  }
}

export { isDigit, isLetter, isLower, isUpper };
