// What a ledger is opened with, and what it gives.
import type { AncileError, Clock } from '../base/index.ts';
import type { Keys } from '../keys/index.ts';
import type { Checkpoint } from './note.ts';

export interface LedgerOptions {
  readonly dataDir: string;
  readonly keys: Keys;
  /** Id of this node, stamped on each record. */
  readonly node: string;
  readonly clock?: Clock;
  /** Longest time between a record and the checkpoint over it, milliseconds. Default 5000. */
  readonly checkpointInterval?: number;
  /** A file that each checkpoint is also appended to; to be kept out of reach of whoever holds the signing key. */
  readonly anchorFile?: string;
  /** Records in a segment, a power of two; only for a new ledger. Default 65536. */
  readonly segmentSize?: number;
  /** Told of faults that no caller waits for: a checkpoint or an anchor that could not be written. */
  readonly onFault?: (fault: AncileError) => void;
}

export interface Appended {
  readonly seq: number;
}

/** What a copy of the ledger's files is made of: each is there up to so many bytes, whatever is appended meanwhile. */
export interface LedgerSnapshot {
  /** The checkpoint that covers all records in it. */
  readonly checkpoint: Checkpoint;
  /** Paths relative to the data folder. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** To be called when the copy is done, or given up. */
  release(): void;
}
