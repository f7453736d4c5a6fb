// Folding: one code point at a time to the plain form that rules are written in.
import { LOOK_ALIKES } from './fold-table.ts';

/** Invisible or without meaning of its own: formatting, fillers, variation selectors, joiners, stray controls. */
const DROPPED =
  /^[\p{Default_Ignorable_Code_Point}\p{Me}\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f-\u0084\u0086-\u009a\u009c-\u009f\ufff9-\ufffb]$/u;

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

/** A text folded, and for each UTF-16 unit of the result the offset of the code point that it came from. */
interface Fold {
  readonly folded: string;
  readonly offsets: Uint32Array;
}

const CHUNK = 8192;

function toText(units: Uint16Array, length: number): string {
  let out = '';
  for (let i = 0; i < length; i += CHUNK) {
    out += String.fromCharCode.apply(null, units.subarray(i, Math.min(i + CHUNK, length)) as unknown as number[]);
  }
  return out;
}

/** Folds a whole text. Linear; the result is at most four times as long. */
export function foldText(text: string): Fold {
  let units = new Uint16Array(text.length + 64);
  let offsets = new Uint32Array(text.length + 64);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const at = i;
    const unit = text.charCodeAt(i);
    if (length + MAX_EXPANSION > units.length) {
      const larger = new Uint16Array(units.length * 2);
      larger.set(units);
      units = larger;
      const largerOffsets = new Uint32Array(offsets.length * 2);
      largerOffsets.set(offsets);
      offsets = largerOffsets;
    }
    if ((unit & 0xf800) !== 0xd800 && foldsToItself(unit)) {
      units[length] = unit;
      offsets[length++] = at;
      continue;
    }
    const codePoint = text.codePointAt(i)!;
    if (codePoint > 0xffff) i++;
    const folded = foldCodePoint(codePoint);
    for (let j = 0; j < folded.length; j++) {
      units[length] = folded.charCodeAt(j);
      offsets[length++] = at;
    }
  }
  return { folded: toText(units, length), offsets: offsets.subarray(0, length) };
}

/** A text in the form that matching sees: folded and in lower case. What rules and word lists are compiled with. */
export function foldLower(text: string): string {
  return lowerSameLength(isPlain(text) ? text : foldText(text).folded);
}
