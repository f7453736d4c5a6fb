// Where things lie in `<dataDir>/ledger/`, and the bounds on them.
import { join } from 'node:path';

/** Records in a segment: a power of two, so that a sealed segment is one complete subtree. */
export const SEGMENT_SIZE = 65_536;
/** Longest line of a record, bytes. Longer ones are refused on append and not read in. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** Longest line of a checkpoint or prune statement. */
export const MAX_NOTE_BYTES = 4096;

/** A segment is named by its first seq. */
export type SegmentPart = 'jsonl' | 'leaves' | 'root';

export interface Layout {
  readonly dir: string;
  readonly format: string;
  readonly checkpoints: string;
  readonly prunes: string;
  segment(first: number, part: SegmentPart): string;
}

export function toLayout(dataDir: string): Layout {
  const dir = join(dataDir, 'ledger');
  return {
    dir,
    format: join(dir, 'format.json'),
    checkpoints: join(dir, 'checkpoints.jsonl'),
    prunes: join(dir, 'prunes.jsonl'),
    segment: (first, part) => join(dir, `${String(first).padStart(16, '0')}.${part}`),
  };
}

/** The segment and part that a file name of the ledger's folder stands for; undefined for other names. */
export function parseSegmentName(name: string): { first: number; part: SegmentPart } | undefined {
  const match = /^(\d{16})\.(jsonl|leaves|root)$/.exec(name);
  if (match === null) return undefined;
  const first = Number(match[1]);
  return Number.isSafeInteger(first) ? { first, part: match[2] as SegmentPart } : undefined;
}
