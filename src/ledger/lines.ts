// Reads a file line by line within bounds: a line that never ends costs no more memory than the longest allowed.
import { open } from 'node:fs/promises';
import { systemCode } from '../base/index.ts';

const CHUNK = 1 << 18;

export interface Line {
  /** Without the newline; of an over-long line only its beginning. */
  readonly bytes: Buffer;
  /** Place in the file, bytes. */
  readonly offset: number;
  /** Place after the line and its newline. */
  readonly next: number;
  /** False for a last line that lacks its newline. */
  readonly ended: boolean;
  readonly tooLong: boolean;
}

/**
 * The lines of a file from byte `start` up to byte `end`; none if the file does not exist. Lines come in groups, for
 * speed, and their bytes are valid until the next group is asked for.
 */
export async function* readLines(path: string, maxBytes: number, start = 0, end = Infinity): AsyncGenerator<Line[]> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    let kept: Buffer = Buffer.alloc(0);
    let keptOffset = start;
    let tooLong = false;
    let position = start;
    while (position < end) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      const lines: Line[] = [];
      let from = 0;
      for (;;) {
        const newline = chunk.subarray(0, bytesRead).indexOf(10, from);
        if (newline === -1) break;
        const tail = chunk.subarray(from, newline);
        const long = tooLong || kept.length + tail.length > maxBytes;
        const bytes = long ? kept : kept.length === 0 ? tail : Buffer.concat([kept, tail]);
        lines.push({ bytes, offset: keptOffset, next: position + newline + 1, ended: true, tooLong: long });
        from = newline + 1;
        kept = Buffer.alloc(0);
        keptOffset = position + from;
        tooLong = false;
      }
      const rest = chunk.subarray(from, bytesRead);
      if (kept.length + rest.length > maxBytes) tooLong = true;
      else if (rest.length > 0) kept = Buffer.concat([kept, rest]);
      position += bytesRead;
      if (lines.length > 0) yield lines;
    }
    if (kept.length > 0 || tooLong) yield [{ bytes: kept, offset: keptOffset, next: position, ended: false, tooLong }];
  } finally {
    await file.close();
  }
}
