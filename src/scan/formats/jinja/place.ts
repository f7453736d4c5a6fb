// Where a character of a template stands in its file: byte and line, without counting from the beginning each time.

export interface Place {
  /** Left out where the text is not what the bytes are: it was not UTF-8 throughout. */
  readonly offset?: number;
  /** From 1. */
  readonly line: number;
}

const STRIDE = 4096;

/** Gives the place of a character by its index. */
export function placeIndex(text: string): (at: number) => Place {
  const isExact = !text.includes('\ufffd');
  /** Bytes and ends of lines before each stretch of the text. */
  const marks: [bytes: number, lines: number][] = [[0, 0]];
  for (let from = 0; from + STRIDE < text.length; from += STRIDE) {
    const [bytes, lines] = marks.at(-1)!;
    const stretch = text.slice(from, from + STRIDE);
    marks.push([bytes + Buffer.byteLength(stretch), lines + stretch.split('\n').length - 1]);
  }
  return (at) => {
    const mark = Math.min(Math.floor(at / STRIDE), marks.length - 1);
    const [bytes, lines] = marks[mark]!;
    const rest = text.slice(mark * STRIDE, at);
    const line = lines + rest.split('\n').length;
    return isExact ? { offset: bytes + Buffer.byteLength(rest), line } : { line };
  };
}
