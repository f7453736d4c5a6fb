// Lines of a stream of bytes, within bounds: a line that never ends costs no more memory than the longest allowed, and only
// a line feed ends one, as JSON may hold every other line separator as it is.

import { Gathered } from '../base/index.ts';

export interface InputLine {
  /** From 1 on. */
  readonly number: number;
  /** Without its line feed and the carriage return before it; of an over-long line nothing. */
  readonly bytes: Uint8Array;
  readonly tooLong: boolean;
  /** Bytes of the stream up to its end, line feed included. */
  readonly upTo: number;
  /** Whether a line feed ended it, and not the end of the stream. */
  readonly ended: boolean;
}

/** Whether nothing but blanks stands in a line. */
export const isBlankLine = ({ bytes, tooLong }: Pick<InputLine, 'bytes' | 'tooLong'>): boolean =>
  !tooLong && bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR);

const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

function withoutEnd(bytes: Uint8Array, isFirst: boolean): Uint8Array {
  const start = isFirst && BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? BYTE_ORDER_MARK.length : 0;
  return bytes.subarray(start, bytes.at(-1) === CR ? bytes.length - 1 : bytes.length);
}

/**
 * The lines of a stream, one at a time; a byte order mark at its beginning is passed over.
 * @param maxBytes - what is longer is told as `tooLong`, and the lines after it are read as ever
 */
export async function* readInputLines(input: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<InputLine> {
  const parts = new Gathered();
  let length = 0;
  let number = 0;
  let upTo = 0;
  const take = (tail: Uint8Array): void => {
    length += tail.length;
    if (length > maxBytes) parts.clear();
    else parts.add(tail);
  };
  const end = (ended: boolean): InputLine => {
    number++;
    upTo += length + (ended ? 1 : 0);
    const tooLong = length > maxBytes;
    const bytes = withoutEnd(parts.take(), number === 1);
    parts.clear();
    length = 0;
    return { number, bytes, tooLong, upTo, ended };
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      yield end(true);
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield end(false);
}
