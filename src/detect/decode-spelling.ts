// Words spelt so that a machine misses them and a reader does not: spaced letters, digits for letters, mixed scripts.
import { DecodedBuilder, type Decoded } from './decode-piece.ts';
import { MIXED_SCRIPT } from './fold-table.ts';
import { isPlain } from './fold.ts';

/** What a pass over the tokens of a text saw. */
interface SpellingSignals {
  /** Longest run of single letters with one separator between each. */
  readonly singles: number;
  /** Longest run of short tokens that could be byte values. */
  readonly bytes: number;
  /** Words with a digit or sign inside them. */
  readonly leet: number;
}

const LETTER = 1;
/** A letter that can be of a number of bytes: a hexadecimal digit, or the x in front of one. */
const HEX_LETTER = 2;
const DIGIT = 4;
const SIGN = 8;
const ANY_LETTER = LETTER | HEX_LETTER;
/** Code to what it is in a word, a bit each; beyond ASCII all are letters. */
const KINDS = new Uint8Array(0x10000).fill(LETTER);
for (let unit = 0; unit < 128; unit++) {
  const symbol = String.fromCharCode(unit);
  if (/[a-fx]/i.test(symbol)) KINDS[unit] = HEX_LETTER;
  else if (/\d/.test(symbol)) KINDS[unit] = DIGIT;
  else if (/[$!|@]/.test(symbol)) KINDS[unit] = SIGN;
  else if (!/[a-z]/i.test(symbol)) KINDS[unit] = 0;
}
/** Longest word that is read as one spelt with digits: longer ones are digests and identifiers. */
const LEET_MOST = 24;

function lettersIn(text: string, start: number, end: number): number {
  let letters = 0;
  for (let i = start; i < end; i++) if ((KINDS[text.charCodeAt(i)]! & ANY_LETTER) !== 0) letters++;
  return letters;
}

/** One pass over a text, so that plain prose costs nothing more. */
export function readSignals(text: string): SpellingSignals {
  let singles = 0;
  let longestSingles = 0;
  let bytes = 0;
  let longestBytes = 0;
  let leet = 0;
  for (let i = 0; i < text.length;) {
    // Between words: a gap wider than three ends a run of either sort.
    const gap = i;
    while (i < text.length && KINDS[text.charCodeAt(i)] === 0) i++;
    if (i - gap > 3) singles = bytes = 0;
    if (i === text.length) break;
    const start = i;
    let seen = 0;
    let inner = false;
    for (let kind = KINDS[text.charCodeAt(i)]!; kind !== 0; kind = i < text.length ? KINDS[text.charCodeAt(i)]! : 0) {
      if (seen > ANY_LETTER && kind < DIGIT) inner = true;
      seen |= kind;
      i++;
    }
    const length = i - start;
    if (length > 4 && seen < DIGIT) {
      singles = bytes = 0;
      continue;
    }
    if (length === 1 && seen < DIGIT) longestSingles = Math.max(longestSingles, ++singles);
    else singles = 0;
    if (length <= 4 && (seen & LETTER) === 0 && length > 1) longestBytes = Math.max(longestBytes, ++bytes);
    else if (length >= 8 && (seen & ANY_LETTER) === 0) longestBytes = Math.max(longestBytes, (bytes += 6));
    else bytes = 0;
    if (inner && length <= LEET_MOST && lettersIn(text, start, i) > 1) leet++;
  }
  return { singles: longestSingles, bytes: longestBytes, leet };
}

/** Single letters with one or two separators between them, five or more. */
const SPACED = /(?<![\p{L}\p{N}])[\p{L}\p{N}@$!](?:[ \t._\-*|/+,~]{1,3}[\p{L}\p{N}@$!](?![\p{L}\p{N}])){4,}/gu;

/** The text with spaced-out words closed up. A wider gap than the usual one is kept as the space between words. */
export function undoSpacing(text: string): Decoded | undefined {
  const builder = new DecodedBuilder();
  let copied = 0;
  for (const found of text.matchAll(SPACED)) {
    const start = found.index;
    builder.append(text.slice(copied, start), copied, start);
    let at = start;
    const hasSigns = /[._\-*|/+,~]/.test(found[0]);
    for (const letter of found[0].matchAll(/([\p{L}\p{N}@$!])([ \t._\-*|/+,~]*)/gu)) {
      const gap = letter[2]!;
      // 'i-g-n-o-r-e a-l-l' and 'i g n o r e   a l l' both mark the word's end by another gap.
      const wordEnds = gap.length > 1 || (gap === ' ' && hasSigns);
      builder.append(letter[1]!, at, at + letter[1]!.length);
      if (wordEnds) builder.append(' ', at + letter[1]!.length, at + letter[0].length);
      at += letter[0].length;
    }
    copied = start + found[0].length;
  }
  if (copied === 0) return undefined;
  builder.append(text.slice(copied), copied, text.length);
  return builder.finish();
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};

/** Words of letters with digits or signs for some of them. */
const LEET_WORD = /[a-z0-9@$!|]*[a-z][a-z0-9@$!|]*/gi;

/** The text with digits and signs in words read as the letters they stand for. Same length. */
export function undoLeet(text: string): Decoded | undefined {
  const plain = text.replace(LEET_WORD, (word) => {
    // Digests and identifiers are not words.
    if (word.length > LEET_MOST || !/[0-9@$!|]/.test(word) || /^[0-9a-f]{4,}$/i.test(word)) return word;
    return word.replace(/[0-9@$!|]/g, (symbol, at: number) => {
      if (symbol === '!' && at === word.length - 1) return symbol;
      if (symbol === '1' && /^[l1|]/i.test(word.slice(at + 1))) return 'l';
      if (symbol === '1' && /[l1|]$/i.test(word.slice(0, at))) return 'l';
      return LEET[symbol] ?? symbol;
    });
  });
  if (plain === text) return undefined;
  return { text: plain, toSource: (start, end) => [start, end] };
}

const MIXED = new RegExp(`[${[...MIXED_SCRIPT.keys()].map((code) => String.fromCodePoint(code)).join('')}]`);

/** Of an original text: words of Latin letters with others among them, those read as what they look like. */
export function undoMixedScript(original: string): Decoded | undefined {
  if (isPlain(original) || !MIXED.test(original)) return undefined;
  const plain = original.replace(/[\p{L}\p{N}]{2,}/gu, (word) =>
    /[a-z]/i.test(word) && !isPlain(word)
      ? word.replace(/./gsu, (symbol) => MIXED_SCRIPT.get(symbol.codePointAt(0)!) ?? symbol)
      : word,
  );
  if (plain === original || plain.length !== original.length) return undefined;
  return { text: plain, toSource: (start, end) => [start, end] };
}
