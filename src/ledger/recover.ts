// Opening: what the files say, made whole after a crash, and held against the last checkpoint before anything is added.
import { mkdir } from 'node:fs/promises';
import { AncileError } from '../base/index.ts';
import type { Keys } from '../keys/index.ts';
import { removeFile } from './disk.ts';
import { toTreeSource } from './file-tree.ts';
import { createFormat, loadFormat } from './format.ts';
import { Frontier } from './frontier.ts';
import { type Layout, MAX_LINE_BYTES } from './layout.ts';
import { readLines } from './lines.ts';
import { HASH_BYTES, leafHashOfBytes, rangeRoot } from './merkle.ts';
import { Checkpoint, Prune, verifyNote } from './note.ts';
import { loadNotes, NoteWriter } from './note-file.ts';
import { lineSeq } from './record-line.ts';
import { listSegments, loadSegmentRoot } from './segment-root.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface Recovered {
  readonly segmentSize: number;
  readonly frontier: Frontier;
  /** Roots of sealed segments by first seq. */
  readonly roots: Map<number, Uint8Array>;
  /** First seq whose record is still there. */
  readonly firstSeq: number;
  readonly segment: SegmentWriter;
  readonly checkpoints: NoteWriter;
  /** The last signed; undefined in a new ledger. */
  readonly checkpoint: Checkpoint | undefined;
  /** Bytes of a record that was being written when the process ended: never acknowledged, cut off. */
  readonly tornBytes: number;
}

function corrupt(at: string, message: string): AncileError {
  const hint = 'Run `ancile ledger verify` to see what is damaged; restore the ledger from a copy, or move it away.';
  return new AncileError('ledger_corrupt', message, { at, hint });
}

/** Good records of the open segment: their hashes, and the bytes they take. */
async function loadOpenSegment(
  path: string,
  first: number,
  segmentSize: number,
): Promise<{ leaves: Buffer; count: number; bytes: number; tornBytes: number }> {
  const leaves = Buffer.alloc(segmentSize * HASH_BYTES);
  let count = 0;
  let bytes = 0;
  let tornBytes = 0;
  for await (const group of readLines(path, MAX_LINE_BYTES)) {
    for (const line of group) {
      // A power cut can leave holes (zeros) in the batch that was never acknowledged, or half a line at its end.
      if (tornBytes > 0 || !line.ended || line.bytes.includes(0)) {
        tornBytes += line.next - line.offset;
        continue;
      }
      if (count === segmentSize || line.tooLong || lineSeq(line.bytes) !== first + count) {
        throw corrupt(path, `${path}: line ${count + 1} is not record ${first + count}`);
      }
      leafHashOfBytes(line.bytes).copy(leaves, count * HASH_BYTES);
      count++;
      bytes = line.next;
    }
  }
  return { leaves: leaves.subarray(0, count * HASH_BYTES), count, bytes, tornBytes };
}

/** The last checkpoint, with its signature checked. */
async function loadLastCheckpoint(
  layout: Layout,
  origin: string,
  keys: Keys,
): Promise<{ checkpoint: Checkpoint | undefined; bytes: number }> {
  const { lines, bytes } = await loadNotes(layout.checkpoints, Checkpoint);
  const last = lines.at(-1);
  if (last === undefined) return { checkpoint: undefined, bytes };
  const at = `${layout.checkpoints}:${last.line}`;
  if (last.note === undefined) throw corrupt(at, `${at} is not a checkpoint`);
  if (last.note.keyId !== keys.keyId) throw corrupt(at, `${at} was signed by another key (${last.note.keyId})`);
  if (last.note.origin !== origin) throw corrupt(at, `${at} is a checkpoint of another ledger`);
  if (!verifyNote('checkpoint', last.note, keys.publicKey)) throw corrupt(at, `${at} has a bad signature`);
  return { checkpoint: last.note, bytes };
}

/** Finishes prunes that were signed and then interrupted; the first seqs of all pruned segments. */
async function settlePrunes(
  layout: Layout,
  keys: Keys,
  origin: string,
  roots: Map<number, Uint8Array>,
): Promise<Set<number>> {
  const pruned = new Set<number>();
  const { lines } = await loadNotes(layout.prunes, Prune);
  for (const { note } of lines) {
    if (note === undefined || note.origin !== origin || !verifyNote('prune', note, keys.publicKey)) continue;
    const root = roots.get(note.first);
    if (root === undefined || Buffer.from(root).toString('hex') !== note.root) continue;
    await removeFile(layout.segment(note.first, 'jsonl'));
    await removeFile(layout.segment(note.first, 'leaves'));
    pruned.add(note.first);
  }
  return pruned;
}

/**
 * Brings the ledger's files to a state that can be appended to.
 * @throws AncileError `ledger_corrupt` when they contradict the last checkpoint or each other: nothing is changed then.
 */
export async function recover(layout: Layout, origin: string, keys: Keys, wantedSize: number): Promise<Recovered> {
  await mkdir(layout.dir, { recursive: true, mode: 0o700 });
  const segments = await listSegments(layout);
  const { checkpoint, bytes: checkpointBytes } = await loadLastCheckpoint(layout, origin, keys);
  const found = await loadFormat(layout);
  if (found === undefined && (segments.size > 0 || checkpoint !== undefined)) {
    throw corrupt(layout.format, `${layout.format} is missing beside records`);
  }
  const { segmentSize } = found ?? (await createFormat(layout, wantedSize));

  const open = [...segments.keys()].at(-1) ?? 0;
  const roots = new Map<number, Uint8Array>();
  const frontier = new Frontier(Math.log2(segmentSize));
  for (let first = 0; first < open; first += segmentSize) {
    const path = layout.segment(first, 'root');
    const root = await loadSegmentRoot(layout, first);
    if (root === undefined) throw corrupt(path, `${path} is missing or broken: records from ${first} on have no proof`);
    roots.set(first, root);
    frontier.appendSubtree(root, Math.log2(segmentSize));
  }
  if (frontier.size !== open) throw corrupt(layout.dir, `${layout.dir} holds a segment ${open} that cannot be`);

  const path = layout.segment(open, 'jsonl');
  const tail = await loadOpenSegment(path, open, segmentSize);
  const size = open + tail.count;
  if (checkpoint === undefined) {
    // A new ledger signs its emptiness before its first record.
    if (size > 0) throw corrupt(layout.checkpoints, `${layout.checkpoints} is missing beside records`);
  } else {
    if (checkpoint.size > size) {
      throw corrupt(path, `${path}: the last checkpoint covers ${checkpoint.size} records, but only ${size} are there`);
    }
    const root = rootAt(layout, segmentSize, roots, { first: open, leaves: tail.leaves }, checkpoint.size);
    if (Buffer.from(root).toString('hex') !== checkpoint.root) {
      throw corrupt(
        layout.dir,
        `${layout.dir}: the records do not match the last checkpoint, at size ${checkpoint.size}`,
      );
    }
  }
  const pruned = await settlePrunes(layout, keys, origin, roots);
  for (const first of roots.keys()) {
    if (pruned.has(first) || segments.get(first)?.has('jsonl') === true) continue;
    const lost = layout.segment(first, 'jsonl');
    throw corrupt(lost, `${lost} is missing and was not pruned: records ${first} to ${first + segmentSize - 1}`);
  }
  for (let at = 0; at < tail.leaves.length; at += HASH_BYTES)
    frontier.append(tail.leaves.subarray(at, at + HASH_BYTES));
  const firstSeq = [...roots.keys()].find((first) => !pruned.has(first)) ?? open;

  const segment = await SegmentWriter.open(layout, open, tail.bytes, tail.count, tail.leaves);
  const checkpoints = await NoteWriter.open(layout.checkpoints, checkpointBytes);
  return { segmentSize, frontier, roots, firstSeq, segment, checkpoints, checkpoint, tornBytes: tail.tornBytes };
}

/** The root at a size, from stored roots, the open segment's hashes in memory, and leaves on disk for the rest. */
function rootAt(
  layout: Layout,
  segmentSize: number,
  roots: ReadonlyMap<number, Uint8Array>,
  open: { first: number; leaves: Buffer },
  size: number,
): Uint8Array {
  if (size < open.first) return rangeRoot(toTreeSource(layout, segmentSize, roots), 0, size);
  const frontier = new Frontier();
  for (const root of roots.values()) frontier.appendSubtree(root, Math.log2(segmentSize));
  for (let seq = open.first; seq < size; seq++) {
    const at = (seq - open.first) * HASH_BYTES;
    frontier.append(open.leaves.subarray(at, at + HASH_BYTES));
  }
  return frontier.root();
}
