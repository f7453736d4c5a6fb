// Text carried by characters that no screen shows: variation selectors as bytes, zero-width characters as bits.
import { textOfBytes } from './decode-bytes.ts';
import { DecodedBuilder, type Decoded } from './decode-piece.ts';
import { isPlain } from './fold.ts';

/** Two blocks of variation selectors stand for the 256 values of a byte. */
const SELECTORS = /[\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]{6,}/gu;
const ZERO_WIDTH = /[\u200b\u200c\u200d\u2060\ufeff]{48,}/g;

/** Any unit of either: without one there is nothing to look for. */
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

/** Of an original text: what its invisible characters spell. */
export function undoHidden(original: string): Decoded | undefined {
  if (isPlain(original) || !SIGN.test(original)) return undefined;
  const builder = new DecodedBuilder();
  const take = (found: RegExpMatchArray, candidates: readonly Uint8Array[]): void => {
    for (const bytes of candidates) {
      const text = textOfBytes(bytes);
      if (text === undefined) continue;
      builder.append((builder.length === 0 ? '' : '\n') + text, found.index!, found.index! + found[0].length);
      return;
    }
  };
  for (const found of original.matchAll(SELECTORS)) take(found, [bytesOfSelectors(found[0])]);
  for (const found of original.matchAll(ZERO_WIDTH)) {
    const bits = found[0].replace(/[\u2060\ufeff]/g, '');
    take(found, [bytesOfBits(bits, '\u200c'), bytesOfBits(bits, '\u200b'), bytesOfBits(bits, '\u200d')]);
  }
  return builder.length === 0 ? undefined : builder.finish();
}
