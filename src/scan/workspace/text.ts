// A text file of a project, read within bounds: what is longer is looked at as far as the bound goes, and that is said.
import type { Look } from '../format.ts';
import { type Source, readHead } from '../source.ts';

/** Longer code or configuration is generated, or not meant to be read. */
const MOST = 4 << 20;

const utf16 = (bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;

/** The text without a byte-order mark: UTF-8, or UTF-16 where the mark says so. */
export function readText(source: Source, look: Look, most = MOST): string {
  if (source.size > most) look.unseen(`only the first ${most >> 10} KB of the text were looked at`);
  const bytes = readHead(source, most);
  const text = new TextDecoder(utf16(bytes) ?? 'utf-8', { ignoreBOM: true }).decode(bytes);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Whether a head of a file is text: no zero byte, but for text in UTF-16 that says so. */
export const isText = (head: Uint8Array): boolean => utf16(head) !== undefined || head.indexOf(0) === -1;

/** A head as formats of text look at it: one character for each byte, without a mark; UTF-16 as if it were written plainly. */
export function plainHead(head: Uint8Array): string {
  const wide = utf16(head);
  if (wide !== undefined) return new TextDecoder(wide).decode(head.subarray(0, head.length & ~1));
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;
}

/** Gives the line, from 1, that an offset lies in. */
export function lineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
