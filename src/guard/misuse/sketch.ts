// What is kept of a text in place of its words: seeded sketches by which near-copies know each other.

/** Bins of a sketch: as many as fit into a small typed array that lives on the heap. */
export const BINS = 24;
export const EMPTY = 0xffff;
/** Of a long text its beginning and its end are sketched: the work is bounded, and a varied end is not missed. */
const HEAD = 400;
const TAIL = 200;
/** Shorter words are in every text; where there are others they say nothing of a text's own. */
const SMALL = 4;
/** With fewer words two texts are alike by chance. */
export const FEW_WORDS = 4;

export interface Sketch {
  /** By the outline of words (first and last letter, length), whatever their case and the letters between. */
  readonly fold: Uint16Array;
  /** By words as they are written. */
  readonly raw: Uint16Array;
  /** Digest of the text: the same for the same text. */
  readonly exact: number;
  /** Words sketched, as far as it matters: up to `FEW_WORDS`. */
  readonly words: number;
}

const GAP = 0;
const LETTER = 1;
const DIGIT = 2;
const MARK = 3;
/** A sign of a script written without spaces: each is a word. */
const SIGN = 4;

const ASCII = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code <= 32) return GAP;
  if (code >= 48 && code <= 57) return DIGIT;
  const lower = code | 32;
  return lower >= 97 && lower <= 122 ? LETTER : MARK;
});

function kindOf(code: number): number {
  if (code < 128) return ASCII[code]!;
  if (code === 0xa0 || (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f)) return GAP;
  return (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7af) ? SIGN : LETTER;
}

function toLower(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  return String.fromCharCode(code).toLowerCase().charCodeAt(0);
}

/** The finish of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Of each bin the least value stays: the same in two texts as often as they share words. */
function put(bins: Uint16Array, hash: number): void {
  const bin = ((hash >>> 16) * BINS) >>> 16;
  const value = Math.min(hash & 0xffff, EMPTY - 1);
  if (value < bins[bin]!) bins[bin] = value;
}

/** Small words wait here for whether there are others. */
const small = new Uint32Array(2 * FEW_WORDS * 4);

/** Sketches a text. @param seed - of this process alone: nobody outside can say what a sketch was made of */
export function toSketch(text: string, seed: number): Sketch {
  const fold = new Uint16Array(BINS).fill(EMPTY);
  const raw = new Uint16Array(BINS).fill(EMPTY);
  const { length } = text;
  const cut = length > HEAD + TAIL;
  let exact = mix(seed ^ length);
  let words = 0;
  let smalls = 0;
  let first = -1;
  let last = -1;
  let digits = 0;
  let word = seed;
  /** The word's hash as it was behind its last letter: marks at its end are not part of it. */
  let written = seed;
  for (let at = 0; at <= length; at++) {
    if (cut && at === HEAD) at = length - TAIL;
    const code = at === length ? 32 : text.charCodeAt(at);
    exact = Math.imul(exact ^ code, 0x01000193);
    const kind = kindOf(code);
    if (kind === GAP || kind === SIGN) {
      const size = last - first + 1;
      // Numbers differ from copy to copy of every form letter.
      if (first >= 0 && digits * 2 <= size) {
        const outline =
          Math.imul(toLower(text.charCodeAt(first)), 0x9e3779b1) ^
          Math.imul(toLower(text.charCodeAt(last)), 0x85ebca77) ^
          Math.imul(Math.min(size, 31), 0xc2b2ae3d);
        const folded = mix(seed ^ outline);
        const whole = mix(written);
        if (size >= SMALL) {
          put(fold, folded);
          put(raw, whole);
          words++;
        } else if (smalls < small.length) {
          small[smalls++] = folded;
          small[smalls++] = whole;
        }
      }
      if (kind === SIGN) {
        const sign = mix(seed ^ code);
        put(fold, sign);
        put(raw, sign);
        words++;
      }
      first = -1;
      digits = 0;
      word = seed;
      continue;
    }
    if (first < 0) {
      if (kind === MARK) continue;
      first = at;
    }
    word = Math.imul(word ^ code, 0x01000193);
    if (kind === MARK) continue;
    last = at;
    written = word;
    if (kind === DIGIT) digits++;
  }
  if (words < FEW_WORDS) {
    for (let i = 0; i < smalls; i += 2) {
      put(fold, small[i]!);
      put(raw, small[i + 1]!);
      words++;
    }
  }
  return { fold, raw, exact, words: Math.min(words, FEW_WORDS) };
}

/** How much two sketches have in common (Jaccard's measure of their words, estimated), 0..1. */
export function similarity(a: Uint16Array, b: Uint16Array): number {
  let same = 0;
  let either = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const one = a[bin]!;
    const other = b[bin]!;
    if (one === other) {
      if (one === EMPTY) continue;
      same++;
    }
    either++;
  }
  return either === 0 ? 0 : same / either;
}
