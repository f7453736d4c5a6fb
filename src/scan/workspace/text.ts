// A text file of a project, read within bounds: what is longer is looked at as far as the bound goes, and that is said.
import type { Look } from '../format.ts';
import { type Source, readHead } from '../source.ts';

/** Longer code or configuration is generated, or not meant to be read. */
const MOST = 4 << 20;

/** The text, UTF-8, without a byte-order mark. */
export function readText(source: Source, look: Look, most = MOST): string {
  if (source.size > most) look.unseen(`only the first ${most >> 10} KB of the text were looked at`);
  const bytes = readHead(source, most);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Whether a head of a file is text: no zero byte, and valid as far as a glance tells. */
export function isText(head: Uint8Array): boolean {
  return head.indexOf(0) === -1;
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
