// The next events of a sink from the ledger: as many as it takes at a time, from no more records than a turn may read.
import type { ExportEvent } from '../contract/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { toEvent } from './describe/describe.ts';
import { type Filter, passes, wantsKind } from './filter.ts';

/** Records read in a turn: what a filter leaves out costs little, and yet others want their turn. */
const RECORDS_MOST = 2000;

export type LedgerView = Pick<Ledger, 'size' | 'firstSeq' | 'read' | 'get'>;

export interface Batch {
  readonly events: readonly ExportEvent[];
  /** The record after the last that was looked at; the cursor where nothing could be read. */
  readonly next: number;
  /** Time of the first record. */
  readonly time: string | undefined;
}

/** @throws AncileError `ledger_corrupt`, `ledger_fault` */
export async function readBatch(ledger: LedgerView, cursor: number, most: number, filter: Filter): Promise<Batch> {
  const events: ExportEvent[] = [];
  let next = cursor;
  let time: string | undefined;
  for await (const record of ledger.read({ from: cursor, to: cursor + RECORDS_MOST })) {
    // Pruned since it was asked for: what is missing is a gap, and told as one.
    if (record.seq !== next) break;
    next++;
    time ??= record.time;
    if (!wantsKind(filter, record.kind)) continue;
    const event = toEvent(record);
    if (!passes(filter, event)) continue;
    events.push(event);
    if (events.length === most) break;
  }
  return { events, next, time };
}
