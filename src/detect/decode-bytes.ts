// Bytes found in a text: are they text themselves?
import { foldText, isPlain } from './fold.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });

/** Shortest decoded text worth looking at. */
const MIN_TEXT = 6;
/** Share of letters, digits, white space and common punctuation that text has and noise has not. */
const MIN_SHARE = 0.85;
const COMMON = /[\p{L}\p{N}\p{M}\s.,;:!?'"()<>[\]{}/\\@#%&*=+_|`~$-]/gu;

/**
 * Whether a decoded string reads like something written: long enough, no controls, mostly letters and signs. It is folded
 * first: what is written in tag characters, or with invisible ones between its letters, is text as well.
 */
function looksLikeText(text: string): boolean {
  if (text.length < MIN_TEXT || /[\0-\x08\x0e-\x1f\x7f\ufffd]/.test(text)) return false;
  const start = text.length > 4096 ? text.slice(0, 4096) : text;
  const sample = isPlain(start) ? start : foldText(start).folded;
  let letters = 0;
  for (const _ of sample.matchAll(/[\p{L}\s]/gu)) letters++;
  if (letters < sample.length * 0.4) return /^[\w+/=%&#;\\-]+$/.test(sample);
  return (sample.match(COMMON)?.length ?? 0) >= [...sample].length * MIN_SHARE;
}

/** Whether the bytes are UTF-8. A fault of the decoder costs a hundred times as much as looking beforehand. */
function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 0x80) continue;
    const more = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
    if (more === 0 || i + more >= bytes.length) return false;
    for (let end = i + more; i < end;) if ((bytes[++i]! & 0xc0) !== 0x80) return false;
  }
  return true;
}

function decodeWith(decoder: typeof utf8, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text that the bytes spell in UTF-8, or in UTF-16 (as PowerShell encodes), or nothing. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length < MIN_TEXT) return undefined;
  // Pictures, archives and keys fail within their first bytes: no need to decode the rest.
  for (let i = 0; i < Math.min(bytes.length, 32); i += 1) {
    const byte = bytes[i]!;
    if (byte < 9 && !(byte === 0 && i % 2 === 1)) return undefined;
  }
  const wide = bytes[1] === 0 && bytes[3] === 0 && bytes[0] !== 0;
  if (!wide && !isUtf8(bytes)) return undefined;
  const text = wide ? decodeWith(utf16, bytes.subarray(0, bytes.length & ~1)) : decodeWith(utf8, bytes);
  return text !== undefined && looksLikeText(text) ? text : undefined;
}
