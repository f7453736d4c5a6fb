// Reading records by seq. No index of offsets: lines begin with their seq, so a place is found by bisection.
import { open, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../base/index.ts';
import { type Layout, MAX_LINE_BYTES } from './layout.ts';
import { readLines } from './lines.ts';
import { lineSeq, parseRecordLine, type StoredRecord } from './record-line.ts';

export interface ReadRange {
  /** First seq. */
  readonly from: number;
  /** The seq after the last. */
  readonly to: number;
}

/** Below this many bytes a scan is cheaper than another step of the search. */
const SCAN_BYTES = 1 << 16;

/** The first whole line that begins after byte `at`: its place and seq; undefined where there is none. */
async function lineAfter(
  file: FileHandle,
  at: number,
  end: number,
): Promise<{ offset: number; seq: number } | undefined> {
  const buffer = Buffer.allocUnsafe(1 << 13);
  for (let position = at; position < end;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return undefined;
    const newline = buffer.subarray(0, bytesRead).indexOf(10);
    if (newline === -1) {
      position += bytesRead;
      continue;
    }
    const offset = position + newline + 1;
    const head = Buffer.alloc(32);
    const { bytesRead: length } = await file.read(head, 0, head.length, offset);
    const seq = lineSeq(head.subarray(0, length));
    return seq === undefined ? undefined : { offset, seq };
  }
  return undefined;
}

/** A place at or before the line of `seq`, and near it. */
async function findOffset(path: string, seq: number): Promise<number> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
  try {
    let low = 0;
    let high = (await file.stat()).size;
    while (high - low > SCAN_BYTES) {
      const middle = Math.floor((low + high) / 2);
      const found = await lineAfter(file, middle, high);
      if (found !== undefined && found.seq <= seq && found.offset < high) low = found.offset;
      else high = middle;
    }
    return low;
  } finally {
    await file.close();
  }
}

/**
 * What `pick` makes of each record of a range, which the caller knows to be there. The bytes are its line without the
 * newline, valid until the next is asked for.
 * @throws AncileError `ledger_corrupt` at a line that is not the record it should be.
 */
export async function* readLinesOf<T>(
  layout: Layout,
  segmentSize: number,
  { from, to }: ReadRange,
  pick: (record: StoredRecord, bytes: Buffer) => T,
): AsyncGenerator<T> {
  let next = from;
  while (next < to) {
    const first = next - (next % segmentSize);
    const end = Math.min(first + segmentSize, to);
    const path = layout.segment(first, 'jsonl');
    const start = next === first ? 0 : await findOffset(path, next);
    reading: for await (const group of readLines(path, MAX_LINE_BYTES, start)) {
      for (const line of group) {
        if (next === end) break reading;
        // Between the place found and the record lie earlier records.
        if ((lineSeq(line.bytes) ?? next) < next) continue;
        yield pick(parseRecordLine(line.bytes, next, path), line.bytes);
        next++;
      }
    }
    // The file ended early: say so as a broken line would.
    if (next < end) parseRecordLine(Buffer.alloc(0), next, path);
  }
}

/** The records themselves. */
export function readRecords(layout: Layout, segmentSize: number, range: ReadRange): AsyncGenerator<StoredRecord> {
  return readLinesOf(layout, segmentSize, range, (record) => record);
}
