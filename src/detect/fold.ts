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
  #starts: Int32Array = new Int32Array(64);
  #offsets: Int32Array = new Int32Array(64);
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

/** Folds a whole text, stretch by stretch. Linear; the result is at most four times as long. */
export function foldText(text: string): Fold {
  const stretches = new Stretches();
  const parts: string[] = [];
  let length = 0;
  /** Where the stretch that is being copied starts in the text. */
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (kinds[unit] === SAME || ((unit & 0xf800) !== 0xd800 && foldsToItself(unit))) continue;
    if (i > copied) {
      stretches.add(length, copied);
      parts.push(text.slice(copied, i));
      length += i - copied;
    }
    const codePoint = text.codePointAt(i)!;
    const folded = foldCodePoint(codePoint);
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
  return { folded: toNarrow(parts.join('')), toOffset: (index) => stretches.offsetOf(index) };
}

const WIDE = /[^\0-\x7f]/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');
const NARROW_MOST = 65_536;
const narrow = new Uint8Array(NARROW_MOST);

/**
 * The same text, in one byte a character where it is ASCII. What was cut out of a text with wider characters keeps two
 * bytes a character in V8, and on such lower-casing and every pattern are several times slower.
 */
function toNarrow(text: string): string {
  if (text.length > NARROW_MOST || WIDE.test(text)) return text;
  return decoder.decode(narrow.subarray(0, encoder.encodeInto(text, narrow).written));
}

/** A text in the form that matching sees: folded and in lower case. What rules and word lists are compiled with. */
export function foldLower(text: string): string {
  return lowerSameLength(isPlain(text) ? text : foldText(text).folded);
}
