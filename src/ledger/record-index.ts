// Keeps the search index level with the ledger: reads behind it in batches, off the path of requests.
import { sql } from 'kysely';
import { type AncileError, toAncileError } from '../base/index.ts';
import type { RecordRow, Store } from '../store/index.ts';
import { type IndexEntry, toIndexEntry } from './index-row.ts';
import type { Ledger } from './ledger.ts';

/** Records a transaction: a few milliseconds of the event loop. */
const BATCH = 500;
/** After a batch, requests have the event loop for this many times as long as the batch took. */
const PACE = 4;
const CURSOR = 'records.cursor';

export interface RecordIndex {
  /** Resolves when all records that are durable now can be found. Rejects with what stood in the way. */
  caughtUp(): Promise<void>;
  /** Ends the following, after the batch in hand. */
  stop(): Promise<void>;
}

export interface RecordIndexOptions {
  /** How long a record waits to be found unless requests are many, milliseconds. Default 1000. */
  readonly interval?: number;
  readonly onFault?: (fault: AncileError) => void;
}

const COLUMNS = [
  'seq',
  'time',
  'kind',
  'exchange',
  'principal',
  'tenant',
  'route',
  'model',
  'surface',
  'action',
  'outcome',
  'classes',
  'rules',
] as const satisfies readonly (keyof RecordRow)[];

/** A busier event loop than this (1: never idle) is left to requests... */
const BUSY = 0.8;
/** ...but no record waits longer than this to be found, milliseconds. */
const MOST_LAG = 30_000;

interface Cursor {
  readonly origin: string;
  /** Records below this seq are in the index. */
  readonly seq: number;
}

async function loadCursor(store: Store, ledger: Ledger): Promise<number> {
  const row = await store.db.selectFrom('meta').select('value').where('name', '=', CURSOR).executeTakeFirst();
  const match = /^(\d{1,16}) (.*)$/.exec(row?.value ?? '');
  const cursor: Cursor | undefined = match === null ? undefined : { seq: Number(match[1]), origin: match[2]! };
  if (cursor !== undefined && cursor.origin === ledger.origin && cursor.seq <= ledger.size) return cursor.seq;
  // Of another ledger, or of one that was longer: begun anew.
  await store.db.transaction().execute(async (db) => {
    await db.deleteFrom('record_classes').execute();
    await db.deleteFrom('records').execute();
    await db.deleteFrom('meta').where('name', '=', CURSOR).execute();
  });
  return 0;
}

/** Writes a batch and the cursor after it in one transaction: done twice, it changes nothing. */
async function saveBatch(store: Store, entries: readonly IndexEntry[], cursor: Cursor): Promise<void> {
  await store.db.transaction().execute(async (db) => {
    // One statement a table, whatever the number of rows: building thousands of parameters costs more than the rows.
    const rows = JSON.stringify(entries.map(({ row }) => COLUMNS.map((column) => row[column])));
    await sql`insert or ignore into records (${sql.join(COLUMNS.map((name) => sql.ref(name)))})
      select ${sql.join(COLUMNS.map((_, i) => sql`value ->> ${sql.lit(i)}`))} from json_each(${rows})`.execute(db);
    const classes = entries.flatMap(({ row, classes: names }) => names.map((name) => [name, row.seq]));
    await sql`insert or ignore into record_classes (class, seq)
      select value ->> 0, value ->> 1 from json_each(${JSON.stringify(classes)})`.execute(db);
    const value = `${cursor.seq} ${cursor.origin}`;
    await db
      .insertInto('meta')
      .values({ name: CURSOR, value })
      .onConflict((on) => on.column('name').doUpdateSet({ value }))
      .execute();
  });
}

async function forgetPruned(store: Store, firstSeq: number): Promise<void> {
  await store.db.transaction().execute(async (db) => {
    await db.deleteFrom('record_classes').where('seq', '<', firstSeq).execute();
    await db.deleteFrom('records').where('seq', '<', firstSeq).execute();
  });
}

/** Starts following the ledger into the store's `records` table. The table can be rebuilt from the ledger at any time. */
export function indexRecords(store: Store, ledger: Ledger, options: RecordIndexOptions = {}): RecordIndex {
  let stopped = false;
  let cursor: number | undefined;
  let forgotten = 0;

  /** @param paced - whether requests go first; someone who waits for the index goes first himself */
  const pass = async (paced: boolean): Promise<void> => {
    cursor ??= await loadCursor(store, ledger);
    if (ledger.firstSeq > forgotten) {
      await forgetPruned(store, ledger.firstSeq);
      forgotten = ledger.firstSeq;
    }
    const target = ledger.size;
    while (!stopped && cursor < target) {
      const from = Math.max(cursor, ledger.firstSeq);
      const to = Math.min(from + BATCH, target);
      const entries: IndexEntry[] = [];
      const started = performance.now();
      for await (const record of ledger.read({ from, to })) entries.push(toIndexEntry(record));
      await saveBatch(store, entries, { origin: ledger.origin, seq: to });
      cursor = to;
      const pause = paced && to - from === BATCH ? (performance.now() - started) * PACE : 0;
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
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running.catch(() => {});
    },
  };
}
