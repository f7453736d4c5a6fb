// Lines of a stream of bytes, within bounds: a line that never ends costs no more memory than the longest allowed, and only
// a line feed ends one, as JSON may hold every other line separator as it is.

export interface InputLine {
  /** From 1 on. */
  readonly number: number;
  /** Without its line feed and the carriage return before it; of an over-long line nothing. */
  readonly bytes: Buffer;
  readonly tooLong: boolean;
}

const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = Buffer.from('\ufeff', 'utf8');

function withoutEnd(bytes: Buffer, isFirst: boolean): Buffer {
  const start = isFirst && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  return bytes.subarray(start, bytes.at(-1) === CR ? bytes.length - 1 : bytes.length);
}

/**
 * The lines of a stream, one at a time; a byte order mark at its beginning is passed over.
 * @param maxBytes - what is longer is told as `tooLong`, and the lines after it are read as ever
 */
export async function* readInputLines(input: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<InputLine> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  const take = (tail: Uint8Array): void => {
    length += tail.length;
    if (length > maxBytes) parts = [];
    else if (tail.length > 0) parts.push(tail);
  };
  const end = (): InputLine => {
    number++;
    const tooLong = length > maxBytes;
    const bytes = withoutEnd(Buffer.concat(parts), number === 1);
    parts = [];
    length = 0;
    return { number, bytes, tooLong };
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      yield end();
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield end();
}
