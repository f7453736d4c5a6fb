// One segment under verification: which of its lines are the records they should be, and which are not.
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { LedgerRecord } from '../contract/index.ts';
import { systemCode } from '../base/index.ts';
import { type Layout, MAX_LINE_BYTES } from './layout.ts';
import { readLines } from './lines.ts';
import { HASH_BYTES, leafHashOfBytes } from './merkle.ts';
import { lineSeq } from './record-line.ts';
import type { Problems } from './report.ts';

export interface SegmentFindings {
  /** Hashes of the lines in their order in the file, laid end to end. */
  readonly lines: Buffer;
  /** The stored leaf hashes. */
  readonly leaves: Buffer;
  /** Number of whole lines. */
  readonly count: number;
  /** Bytes of an unfinished last line. */
  readonly tornBytes: number;
}

interface SegmentQuestion {
  readonly layout: Layout;
  readonly first: number;
  readonly segmentSize: number;
  /** Records before this seq must be there: a later segment or a checkpoint says so. */
  readonly expected: number;
  /** Leaf hashes before this seq were made durable by a checkpoint; later ones may be lost in a power cut. */
  readonly signedSize: number;
  readonly problems: Problems;
  readonly onRecord: (record: LedgerRecord) => void;
}

const WithSeq = z.object({ seq: z.int().nonnegative() });

async function loadLeaves(path: string, segmentSize: number): Promise<Buffer> {
  try {
    // One that is larger than it can be is damaged whatever it holds.
    if ((await stat(path)).size > segmentSize * HASH_BYTES) return Buffer.alloc(0);
    const bytes = await readFile(path);
    return bytes.subarray(0, bytes.length - (bytes.length % HASH_BYTES));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function parseRecord(bytes: Buffer, seq: number): LedgerRecord | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-restricted-properties -- a line of bounded length, held against the schema
    const value: unknown = JSON.parse(text);
    if (WithSeq.safeParse(value).data?.seq !== seq) return undefined;
    return LedgerRecord.safeParse(value).data;
  } catch {
    return undefined;
  }
}

/** The seqs that come after a higher one. A repeated seq counts where it fits: the other line was put in. */
function findReordered(order: readonly number[]): number[] {
  const late = (seqs: Iterable<number>): number[] => {
    let highest = -1;
    const found: number[] = [];
    for (const seq of seqs) {
      if (seq < highest) found.push(seq);
      else highest = seq;
    }
    return found.sort((a, b) => a - b);
  };
  const byFirst = late(new Set(order));
  const byLast = late([...new Set(order.toReversed())].reverse());
  return byFirst.length <= byLast.length ? byFirst : byLast;
}

/** Reads a segment's lines and holds each against its place, its schema and its stored leaf hash. */
export async function checkSegment(question: SegmentQuestion): Promise<SegmentFindings> {
  const { layout, first, segmentSize, problems } = question;
  const path = layout.segment(first, 'jsonl');
  const file = basename(path);
  const leaves = await loadLeaves(layout.segment(first, 'leaves'), segmentSize);
  const leaf = (seq: number): Buffer => leaves.subarray((seq - first) * HASH_BYTES, (seq - first + 1) * HASH_BYTES);
  const differs = (hash: Buffer, seq: number): boolean => leaf(seq).length > 0 && !hash.equals(leaf(seq));

  const hashes: Buffer[] = [];
  /** For each seq of the segment: how many lines claim it, and whether one of them has the stored hash. */
  const claims = new Uint32Array(segmentSize);
  const genuine = new Uint8Array(segmentSize);
  const strangers: { line: number; after: number }[] = [];
  const order: number[] = [];
  const invalid: number[] = [];
  let highest = first - 1;
  let tornBytes = 0;
  let surplus = false;

  reading: for await (const group of readLines(path, MAX_LINE_BYTES)) {
    for (const line of group) {
      if (!line.ended) {
        tornBytes = line.next - line.offset;
        continue;
      }
      if (hashes.length >= 2 * segmentSize) {
        surplus = true;
        break reading;
      }
      const hash = leafHashOfBytes(line.bytes);
      hashes.push(hash);
      const seq = line.tooLong ? undefined : lineSeq(line.bytes);
      if (seq === undefined || seq < first || seq >= first + segmentSize) {
        strangers.push({ line: hashes.length, after: highest });
        continue;
      }
      claims[seq - first]!++;
      order.push(seq);
      if (!differs(hash, seq)) genuine[seq - first] = 1;
      highest = Math.max(highest, seq);
      const record = parseRecord(line.bytes, seq);
      if (record === undefined) invalid.push(seq);
      else question.onRecord(record);
    }
  }

  const size = Math.max(highest + 1, Math.min(question.expected, first + segmentSize));
  const missing = new Set<number>();
  const changed: number[] = [];
  const inserted: number[] = [];
  const lostLeaves: number[] = [];
  for (let seq = first; seq < size; seq++) {
    const claimed = claims[seq - first]!;
    if (claimed === 0) missing.add(seq);
    else if (genuine[seq - first] === 0) changed.push(seq);
    if (claimed > 1) inserted.push(seq);
    if (leaf(seq).length === 0 && seq < question.signedSize) lostLeaves.push(seq);
  }
  // A line that is no record, where one is missing, is that record spoilt; elsewhere it was put in.
  for (const { line, after } of strangers) {
    if (missing.delete(after + 1)) {
      changed.push(after + 1);
    } else {
      const message = `line ${line} is no record and follows record ${after}`;
      problems.add({ kind: 'record_inserted', seq: after + 1, file, message });
    }
  }
  changed.sort((a, b) => a - b);
  problems.addRuns('record_missing', [...missing], file, 'missing');
  problems.addRuns('record_changed', changed, file, 'changed: the line does not have the hash that was stored for it');
  problems.addRuns('record_inserted', inserted, file, 'there more than once: a line was put in');
  problems.addRuns('record_reordered', findReordered(order), file, 'out of order');
  const damaged = new Set(changed);
  problems.addRuns(
    'record_invalid',
    invalid.filter((seq) => !damaged.has(seq)),
    file,
    'not a record of a known form',
  );
  const leavesFile = basename(layout.segment(first, 'leaves'));
  problems.addRuns('leaves_damaged', lostLeaves, leavesFile, 'without a stored hash');
  if (surplus) {
    const message = `more than ${2 * segmentSize} lines: not read further`;
    problems.add({ kind: 'record_inserted', range: { from: first, to: first + segmentSize - 1 }, file, message });
  }
  return { lines: Buffer.concat(hashes), leaves, count: hashes.length, tornBytes };
}
