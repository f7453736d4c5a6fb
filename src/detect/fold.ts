// Folding: one code point at a time to the plain form that rules are written in.
import { LOOK_ALIKES } from './fold-table.ts';

/**
 * Invisible or without meaning of its own: formatting, fillers, variation selectors, joiners, stray controls. The
 * controls that begin and end a terminal's commands (BEL, DCS, CSI, ST, OSC) stay, as they are looked for.
 */
const DROPPED =
  /^[\p{Default_Ignorable_Code_Point}\p{Me}\u0000-\u0006\u0008\u000e-\u001a\u001c-\u001f\u007f-\u0084\u0086-\u008f\u0091-\u009a\u009e\u009f\ufff9-\ufffb]$/u;

/**
 * Marks that decorate a letter without making another word. Vowel signs of Indic scripts and Thai are marks as
 * well, but spell the word, and stay.
 */
const DECORATION = /[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Cyrillic}\p{Script=Latin}]/u;
const MARK = /\p{M}/u;

/** Longer decompositions (whole phrases in one ligature) stay as they are, so that folding cannot inflate a text. */
const MAX_EXPANSION = 4;

/** Case without looking at the neighbours, as `String.prototype.toLowerCase` does for the final sigma. */
export function lowerSameLength(folded: string): string {
  const lower = folded.toLowerCase();
  if (lower.length === folded.length) return lower;
  let out = '';
  for (let i = 0; i < folded.length; i++) {
    const unit = folded[i]!.toLowerCase();
    out += unit.length === 1 ? unit : folded[i]!;
  }
  return out;
}

function computeFold(codePoint: number): string {
  const symbol = String.fromCodePoint(codePoint);
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return symbol;
  const direct = LOOK_ALIKES.get(codePoint);
  if (direct !== undefined) return direct;
  if (DROPPED.test(symbol)) return '';
  const parts = symbol.normalize('NFKD');
  if (parts.length > MAX_EXPANSION) return symbol;
  let out = '';
  for (const part of parts) {
    if (MARK.test(part) && DECORATION.test(part)) continue;
    out += LOOK_ALIKES.get(part.codePointAt(0)!) ?? part;
  }
  return out;
}

const UNKNOWN = 0;
const SAME = 1;
const OTHER = 2;
/** What is known of each code point of the basic plane; the rest is looked up in `others`. */
const kinds = new Uint8Array(0x10000);
const others = new Map<number, string>();
const OTHERS_CAP = 0x20000;

/**
 * The folded form of one code point: empty where it is dropped, else one to four UTF-16 units. Depends on nothing
 * but the code point, so that a stream can be folded as it comes; answers are remembered.
 */
export function foldCodePoint(codePoint: number): string {
  if (codePoint < 0x10000 && kinds[codePoint] === SAME) return String.fromCharCode(codePoint);
  const known = others.get(codePoint);
  if (known !== undefined) return known;
  const folded = computeFold(codePoint);
  const same = folded === String.fromCodePoint(codePoint);
  if (codePoint < 0x10000) kinds[codePoint] = same ? SAME : OTHER;
  if (!same || codePoint >= 0x10000) {
    if (others.size >= OTHERS_CAP) others.clear();
    others.set(codePoint, folded);
  }
  return folded;
}

// So that the loops below need not ask of ASCII.
for (let unit = 0; unit < 128; unit++) foldCodePoint(unit);

/** Whether a UTF-16 unit is known to fold to itself. */
export function foldsToItself(unit: number): boolean {
  const kind = kinds[unit]!;
  return kind === UNKNOWN ? foldCodePoint(unit) === String.fromCharCode(unit) : kind === SAME;
}

/** True for text that folding leaves as it is without a look-up: printable ASCII, white space and escape. */
export function isPlain(text: string): boolean {
  return !/[^\t-\r\x1b -~]/.test(text);
}

/** A text folded, and the way back. */
interface Fold {
  readonly folded: string;
  /** Offset in the text of the code point that the unit at `index` of `folded` came from. `index` is within `folded`. */
  toOffset(index: number): number;
}

/** Stretches of a folded text: copied ones, whose units map one by one, and folded ones, all of one code point. */
class Stretches {
  /** Where each starts in the folded text, and the offset it came from; the offset of a folded one negative, less one. */
  #starts: Int32Array = new Int32Array(256);
  #offsets: Int32Array = new Int32Array(256);
  #count = 0;

  add(start: number, offset: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = grow(this.#starts);
      this.#offsets = grow(this.#offsets);
    }
    this.#starts[this.#count] = start;
    this.#offsets[this.#count++] = offset;
  }

  offsetOf(index: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    const offset = this.#offsets[low]!;
    return offset < 0 ? -offset - 1 : offset + index - this.#starts[low]!;
  }
}

function grow(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Texts up to so long are folded into shared buffers. */
const BUFFER_MOST = 32_768;
const narrow = new Uint8Array(BUFFER_MOST * MAX_EXPANSION);
const wide = new Uint16Array(BUFFER_MOST * MAX_EXPANSION);
const asciiDecoder = new TextDecoder('latin1');
const wideDecoder = new TextDecoder('utf-16le', { ignoreBOM: true });

/**
 * Folds a text into a buffer: of bytes as long as the fold is ASCII (typographic signs, accents, look-alikes among
 * Latin letters), as on a text of two bytes a character lower-casing and every pattern are several times slower.
 * @returns undefined for a text with half a surrogate pair, which a decoder would replace
 */
function foldBuffered(text: string): Fold | undefined {
  const stretches = new Stretches();
  let out: Uint8Array | Uint16Array = narrow;
  let length = 0;
  let isCopying = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 128 ? kinds[unit] === SAME : out === wide && (unit & 0xf800) !== 0xd800 && foldsToItself(unit)) {
      if (!isCopying) stretches.add(length, i);
      isCopying = true;
      out[length++] = unit;
      continue;
    }
    const codePoint = text.codePointAt(i)!;
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) return undefined;
    const folded = foldCodePoint(codePoint);
    if (folded.length > 0) stretches.add(length, -i - 1);
    isCopying = false;
    for (let j = 0; j < folded.length; j++) {
      const part = folded.charCodeAt(j);
      if (part > 127 && out === narrow) {
        wide.set(narrow.subarray(0, length));
        out = wide;
      }
      out[length++] = part;
    }
    if (codePoint > 0xffff) i++;
  }
  const decoder = out === wide ? wideDecoder : asciiDecoder;
  return { folded: decoder.decode(out.subarray(0, length)), toOffset: (index) => stretches.offsetOf(index) };
}

/** Folds a text of any length and sort, stretch by stretch. */
function foldStretches(text: string): Fold {
  const stretches = new Stretches();
  const parts: string[] = [];
  let length = 0;
  /** Where the stretch that is being copied starts in the text. */
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if ((unit & 0xf800) !== 0xd800 && foldsToItself(unit)) continue;
    const codePoint = text.codePointAt(i)!;
    const folded = foldCodePoint(codePoint);
    if (i > copied) {
      stretches.add(length, copied);
      parts.push(text.slice(copied, i));
      length += i - copied;
    }
    if (folded.length > 0) {
      stretches.add(length, -i - 1);
      parts.push(folded);
      length += folded.length;
    }
    if (codePoint > 0xffff) i++;
    copied = i + 1;
  }
  if (copied < text.length) {
    stretches.add(length, copied);
    parts.push(text.slice(copied));
  }
  return { folded: parts.join(''), toOffset: (index) => stretches.offsetOf(index) };
}

/** Folds a whole text. Linear; the result is at most four times as long. */
export function foldText(text: string): Fold {
  return (text.length <= BUFFER_MOST ? foldBuffered(text) : undefined) ?? foldStretches(text);
}

/** A text in the form that matching sees: folded and in lower case. What rules and word lists are compiled with. */
export function foldLower(text: string): string {
  return lowerSameLength(isPlain(text) ? text : foldText(text).folded);
}
