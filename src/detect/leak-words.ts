// Words and runs of words, as system prompts and answers are compared by them.

/** Words in a row that must be the same. A Chinese, Japanese or Korean character counts as half a word. */
const RUN_WEIGHT = 16;
export const WORD_MOST = 22;
/** Most characters between two words of a run. */
export const GAP_MOST = 6;
/** Longest run, with one more word on either side. */
export const RUN_REACH = (RUN_WEIGHT / 2 + 1) * (WORD_MOST + GAP_MOST) + 4;

const IS_IDEOGRAPH = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** What a code point is to words: no part of one, a letter or digit of one, a word by itself. */
const NONE = 1;
const LETTER = 2;
const IDEOGRAM = 3;
const kinds = new Uint8Array(0x10000);

function kindOf(codePoint: number): number {
  const known = codePoint < 0x10000 ? kinds[codePoint]! : 0;
  if (known !== 0) return known;
  const symbol = String.fromCodePoint(codePoint);
  const kind = IS_IDEOGRAPH.test(symbol) ? IDEOGRAM : /[\p{L}\p{N}]/u.test(symbol) ? LETTER : NONE;
  if (codePoint < 0x10000) kinds[codePoint] = kind;
  return kind;
}

/** The words of a text, in parallel arrays. */
export interface Words {
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** A hash of each word, and one of its first unit. */
  readonly hashes: Int32Array;
  readonly firsts: Int32Array;
  /** 2 for a word of letters, 1 for an ideogram; 0 where the word is too long for any run. */
  readonly weights: Uint8Array;
}

const makeWords = (most: number): Words => ({
  count: 0,
  starts: new Int32Array(most),
  ends: new Int32Array(most),
  hashes: new Int32Array(most),
  firsts: new Int32Array(most),
  weights: new Uint8Array(most),
});

/** Texts of up to so many words share one set of arrays: to make them anew would cost more than to fill them. */
const SCRATCH_MOST = 8192;
const scratch = makeWords(SCRATCH_MOST);

/**
 * The words of a lower-case text from `from` on. One pass.
 * What is returned holds until the next call.
 */
export function wordsOf(text: string, from = 0): Words {
  const most = text.length - from + 1;
  const words = most <= SCRATCH_MOST ? scratch : makeWords(most);
  const { starts, ends, hashes, firsts, weights } = words;
  let count = 0;
  let inWord = false;
  for (let at = from; at < text.length; at++) {
    const place = at;
    let code = text.charCodeAt(at);
    if (code >= 0xd800 && code <= 0xdbff) {
      code = text.codePointAt(at)!;
      if (code > 0xffff) at++;
    }
    const kind = code < 0x10000 && kinds[code] !== 0 ? kinds[code]! : kindOf(code);
    if (kind === NONE) {
      inWord = false;
      continue;
    }
    if (kind === LETTER && inWord) {
      hashes[count - 1] = (Math.imul(hashes[count - 1]!, 31) + code) | 0;
      ends[count - 1] = at + 1;
      if (at + 1 - starts[count - 1]! > WORD_MOST) weights[count - 1] = 0;
      continue;
    }
    starts[count] = place;
    ends[count] = at + 1;
    hashes[count] = code;
    firsts[count] = code;
    weights[count] = kind === IDEOGRAM ? 1 : 2;
    count++;
    inWord = kind === LETTER;
  }
  return { count, starts, ends, hashes, firsts, weights };
}

/** A hash of words joined to that of one more. */
export function joinHash(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) | 0;
}

export const NO_RUN = -1;

/** The number of the word after the run that starts with word `first`; NO_RUN where there is no whole run. */
export function endOfRun({ count, starts, ends, weights }: Words, first: number): number {
  let weight = 0;
  for (let i = first; i < count; i++) {
    if (weights[i] === 0 || (i > first && starts[i]! - ends[i - 1]! > GAP_MOST)) return NO_RUN;
    weight += weights[i]!;
    if (weight >= RUN_WEIGHT) return i + 1;
  }
  return NO_RUN;
}

export function hashOfRun({ hashes }: Words, first: number, end: number): number {
  let hash = 0;
  for (let i = first; i < end; i++) hash = joinHash(hash, hashes[i]!);
  return hash;
}

/** The words of a run with one space behind each: what two runs are compared by. */
export function textOfRun(text: string, { starts, ends }: Words, first: number, end: number): string {
  let out = '';
  for (let i = first; i < end; i++) out += `${text.slice(starts[i], ends[i])} `;
  return out;
}
