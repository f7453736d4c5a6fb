// Keeps the search index and the figures level with the ledger: reads behind it in batches, off the path of requests.
import { type AncileError, type Clock, systemClock, toAncileError } from '../base/index.ts';
import type { Store } from '../store/index.ts';
import { expireFigures, HOUR } from './figure-sheet.ts';
import { forgetPruned, IndexWriter, loadCursor } from './index-writer.ts';
import type { Ledger } from './ledger.ts';
import type { StoredRecord } from './record-line.ts';

/** Records a transaction: some ten milliseconds of the event loop, so that requests beside it need not queue. */
const BATCH = 250;
/** After a batch, requests have the event loop for this many times as long as the batch took... */
const PACE = 9;
/** ...and for so many times where records have waited for longer than... */
const LATE_PACE = 4;
/** ...this, milliseconds: what a minute or two of overload leaves is made up for without being felt. */
const LATE = 180_000;

export interface RecordIndex {
  /** Resolves when all records that are durable now can be found. Rejects with what stood in the way. */
  caughtUp(): Promise<void>;
  /** Durable records that cannot be found yet. */
  lag(): number;
  /** Ends the following, after the batch in hand. */
  stop(): Promise<void>;
}

export interface RecordIndexOptions {
  /** How long a record waits to be found unless requests are many, milliseconds. Default 1000. */
  readonly interval?: number;
  readonly onFault?: (fault: AncileError) => void;
  readonly clock?: Clock;
}

/** A busier event loop than this (1: never idle) is left to requests... */
const BUSY = 0.8;
/** ...but no record waits longer than this to be found, milliseconds. */
const MOST_LAG = 30_000;

/** Where the index goes on: where it was, unless that was in another ledger or in one that was longer. */
async function openCursor(store: Store, writer: IndexWriter, ledger: Ledger): Promise<number> {
  const cursor = await loadCursor(store);
  if (cursor !== undefined && cursor.origin === ledger.origin && cursor.seq <= ledger.size) return cursor.seq;
  await writer.clear();
  return 0;
}

/**
 * Starts following the ledger into the search tables and the figures of the store. All can be made again from the
 * ledger, but for the figures of records that were pruned.
 */
export function indexRecords(store: Store, ledger: Ledger, options: RecordIndexOptions = {}): RecordIndex {
  const clock = options.clock ?? systemClock;
  const writer = new IndexWriter(store);
  let stopped = false;
  let cursor: number | undefined;
  let forgotten = 0;
  let expiredAt = -Infinity;

  /** @param paced - whether requests go first; someone who waits for the index goes first himself */
  const pass = async (paced: boolean): Promise<void> => {
    cursor ??= await openCursor(store, writer, ledger);
    if (ledger.firstSeq > forgotten) {
      await forgetPruned(store, ledger.firstSeq);
      forgotten = ledger.firstSeq;
    }
    if (clock() - expiredAt >= HOUR) {
      expiredAt = clock();
      await expireFigures(store.db, expiredAt);
    }
    const target = ledger.size;
    while (!stopped && cursor < target) {
      const from = Math.max(cursor, ledger.firstSeq);
      const to = Math.min(from + BATCH, target);
      const records: StoredRecord[] = [];
      const started = performance.now();
      for await (const record of ledger.read({ from, to })) records.push(record);
      await writer.save(records, { origin: ledger.origin, seq: to }, clock());
      cursor = to;
      const waited = clock() - Date.parse(records[0]?.time ?? '');
      const pace = waited > LATE ? LATE_PACE : PACE;
      const pause = paced && to - from === BATCH ? (performance.now() - started) * pace : 0;
      await new Promise((resolve) => (pause === 0 ? setImmediate(resolve) : setTimeout(resolve, pause).unref()));
    }
  };

  let running: Promise<void> = Promise.resolve();
  const catchUp = (paced: boolean): Promise<void> => {
    running = running.catch(() => {}).then(() => pass(paced));
    return running;
  };
  let busy = false;
  let last = performance.eventLoopUtilization();
  let passedAt = performance.now();
  const timer = setInterval(() => {
    if (busy) return;
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization > BUSY && performance.now() - passedAt < MOST_LAG) return;
    passedAt = performance.now();
    busy = true;
    catchUp(true)
      .catch((fault: unknown) => options.onFault?.(toAncileError(fault, 'store_fault')))
      .finally(() => (busy = false));
  }, options.interval ?? 1000);
  timer.unref();
  return {
    caughtUp: () => catchUp(false),
    lag: () => ledger.size - (cursor ?? 0),
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running.catch(() => {});
    },
  };
}
