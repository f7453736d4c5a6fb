// Text carried by characters that no screen shows: tag characters, variation selectors as bytes, zero-width characters as bits.
import { textOfBytes } from './decode-bytes.ts';
import { DecodedBuilder, type Decoded } from './decode-piece.ts';
import { isPlain } from './fold.ts';

/** Two blocks of variation selectors stand for the 256 values of a byte. */
const SELECTORS = /[\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]{6,}/gu;
const ZERO_WIDTH = /[\u200b\u200c\u200d\u2060\ufeff]{48,}/g;

const TAG = '[\\u{e0020}-\\u{e007e}]';
/** What may stand between two tags and shows as little. */
const BETWEEN = '[\\u0300-\\u036f\\u00ad\\u180e\\u200b-\\u200f\\u2060-\\u2064\\ufeff]{0,4}';
/** Tag characters in a row, not the sequence that spells a regional flag (black flag, tags, cancel tag). */
const TAGS = new RegExp(`(?<!\\u{1f3f4}${TAG}{0,8})${TAG}(?:${BETWEEN}${TAG}){3,}`, 'gu');
/** From a tag to the ASCII it carries. */
const TAG_BASE = 0xe0000;

/** Any unit of them: without one there is nothing to look for. */
const SIGN = /[\ufe00-\ufe0f\udb40\u200b-\u200d\u2060\ufeff]/;

function bytesOfSelectors(run: string): Uint8Array {
  return Uint8Array.from(run, (symbol) => {
    const codePoint = symbol.codePointAt(0)!;
    return codePoint >= 0xe0100 ? codePoint - 0xe0100 + 16 : codePoint - 0xfe00;
  });
}

function bytesOfBits(run: string, one: string): Uint8Array {
  const bytes = new Uint8Array(run.length >> 3);
  for (let i = 0; i < bytes.length * 8; i++) if (run[i] === one) bytes[i >> 3]! |= 0x80 >> (i & 7);
  return bytes;
}

function textOfTags(run: string): string {
  let text = '';
  for (const symbol of run) {
    const code = symbol.codePointAt(0)! - TAG_BASE;
    if (code > 0) text += String.fromCharCode(code);
  }
  return text;
}

/** Of an original text: what its invisible characters spell. */
export function undoHidden(original: string): Decoded | undefined {
  if (isPlain(original) || !SIGN.test(original)) return undefined;
  const builder = new DecodedBuilder();
  const take = (found: RegExpMatchArray, text: string | undefined): void => {
    if (text === undefined) return;
    builder.append((builder.length === 0 ? '' : '\n') + text, found.index!, found.index! + found[0].length);
  };
  for (const found of original.matchAll(TAGS)) take(found, textOfTags(found[0]));
  for (const found of original.matchAll(SELECTORS)) take(found, textOfBytes(bytesOfSelectors(found[0])));
  for (const found of original.matchAll(ZERO_WIDTH)) {
    const bits = found[0].replace(/[\u2060\ufeff]/g, '');
    const spelt = ['\u200c', '\u200b', '\u200d'].map((one) => textOfBytes(bytesOfBits(bits, one)));
    take(
      found,
      spelt.find((text) => text !== undefined),
    );
  }
  return builder.length === 0 ? undefined : builder.finish();
}
