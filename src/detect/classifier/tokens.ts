// A text as words: hashes, places, and what stood before each; the only form in which the classifier sees a text.

/** How a UTF-16 unit takes part in words. */
const SPACE = 1;
const WORD = 2;
const DIGIT = 3;
/** A letter of a script that writes without spaces: a word of its own. */
const IDEOGRAPH = 4;
const APOSTROPHE = 5;
const BREAK = 6;
const MARKUP = 7;

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const LETTER = /[\p{L}\p{M}]/u;
const NUMBER = /\p{N}/u;
const BLANK = /\s/;
const BREAKS = '.!?\n。！？…؟।;:；：';

/** Classes of units, each worked out when it is first met. */
const classes = new Uint8Array(0x10000);

function classify(unit: number): number {
  const symbol = String.fromCharCode(unit);
  if (BREAKS.includes(symbol)) return BREAK;
  if (symbol === "'" || symbol === '’') return APOSTROPHE;
  if (BLANK.test(symbol)) return SPACE;
  if (UNSPACED.test(symbol)) return IDEOGRAPH;
  if (NUMBER.test(symbol)) return DIGIT;
  return LETTER.test(symbol) ? WORD : MARKUP;
}

function classOf(unit: number): number {
  return (classes[unit] ||= classify(unit));
}

/** Whether a word begins at the unit: stems of the lexicon are looked for there. */
export function isWordUnit(unit: number): boolean {
  const kind = classOf(unit);
  return kind === WORD || kind === DIGIT || kind === IDEOGRAPH;
}

/** Whether the unit stands for a word by itself. */
export function isIdeograph(unit: number): boolean {
  return classOf(unit) === IDEOGRAPH;
}

const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
/** Characters of a word that its stem keeps. */
const STEM = 5;
/** A number is a number, whatever it says. */
const ANY_DIGIT = 48;
/** Marks between two words that are told apart; a longer run is cut. */
const MAX_GAP = 6;

/** The hash that a word (lower case letters alone) has among a text's words. */
export function hashWord(word: string): number {
  let h = HASH_START;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), HASH_PRIME);
  return h;
}

/** Words of a text, as parallel arrays; valid below `count`. */
export interface Tokens {
  readonly count: number;
  readonly hash: Int32Array;
  /** Hash of the first characters: the same for most forms of a word. */
  readonly stem: Int32Array;
  /** Span in the text, UTF-16 units. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** 1: the word begins a sentence or line; 2: it is written in capitals. */
  readonly flags: Uint8Array;
  /** Hash of the marks (neither letters nor spaces) before the word; 0 where there are none. */
  readonly gap: Int32Array;
}

export const STARTS = 1;
export const CAPITALS = 2;

/**
 * Splits a text into words. Linear in the text.
 * @param folded - the text, case kept; `lower` is the same in lower case, of the same length
 */
export function tokenize(folded: string, lower: string): Tokens {
  const { length } = lower;
  let room = (length >> 2) + 16;
  let hash = new Int32Array(room);
  let stem = new Int32Array(room);
  let start = new Int32Array(room);
  let end = new Int32Array(room);
  let gap = new Int32Array(room);
  let flags = new Uint8Array(room);
  let count = 0;
  let starts = STARTS;
  let marks = 0;
  let gapHash = 0;
  let i = 0;
  while (i < length) {
    const unit = lower.charCodeAt(i);
    const kind = classes[unit]! || classOf(unit);
    if (kind !== WORD && kind !== DIGIT && kind !== IDEOGRAPH) {
      if (kind === BREAK) starts = STARTS;
      if (kind !== SPACE && marks < MAX_GAP) {
        marks++;
        gapHash = Math.imul((gapHash || HASH_START) ^ unit, HASH_PRIME);
      }
      i++;
      continue;
    }
    const from = i;
    let h = HASH_START;
    let s = 0;
    if (kind === IDEOGRAPH) {
      s = h = Math.imul(h ^ unit, HASH_PRIME);
      i++;
    } else {
      let letters = 0;
      for (; i < length; i++) {
        const next = lower.charCodeAt(i);
        const nextKind = classes[next]! || classOf(next);
        if (nextKind === APOSTROPHE) continue;
        if (nextKind !== WORD && nextKind !== DIGIT) break;
        h = Math.imul(h ^ (nextKind === DIGIT ? ANY_DIGIT : next), HASH_PRIME);
        if (++letters === STEM) s = h;
      }
      if (letters < STEM) s = h;
    }
    if (count === room) {
      room *= 2;
      [hash, stem, start, end, gap] = [hash, stem, start, end, gap].map((old) => grow(old, room)) as [
        Int32Array<ArrayBuffer>,
        Int32Array<ArrayBuffer>,
        Int32Array<ArrayBuffer>,
        Int32Array<ArrayBuffer>,
        Int32Array<ArrayBuffer>,
      ];
      const more = new Uint8Array(room);
      more.set(flags);
      flags = more;
    }
    hash[count] = h;
    stem[count] = s;
    start[count] = from;
    end[count] = i;
    gap[count] = gapHash;
    flags[count] = starts | (isShouted(folded, lower, from, i) ? CAPITALS : 0);
    count++;
    starts = 0;
    marks = gapHash = 0;
  }
  return { count, hash, stem, start, end, gap, flags };
}

function grow(old: Int32Array, room: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(room);
  more.set(old);
  return more;
}

/** Whether a word of three letters or more is in capitals, by its first and last letter. */
function isShouted(folded: string, lower: string, from: number, to: number): boolean {
  return (
    to - from >= 3 &&
    folded.charCodeAt(from) !== lower.charCodeAt(from) &&
    folded.charCodeAt(to - 1) !== lower.charCodeAt(to - 1)
  );
}
