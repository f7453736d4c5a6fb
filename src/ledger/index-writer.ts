// Writes records into the search tables and the figures, a batch and the cursor after it in one transaction: what is
// found and what is counted is always that of the records below the cursor, each once.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Store, type StoreTables, readMeta, writeMeta } from '../store/index.ts';
import {
  type ExchangeState,
  type IndexedExchange,
  toAbandonedState,
  toClosedState,
  toOpenState,
} from './exchange-state.ts';
import { FigureSheet } from './figure-sheet.ts';
import { findSeqs } from './find-places.ts';
import { BLOCK } from './places.ts';
import { PostingChanges } from './postings.ts';
import type { StoredRecord } from './record-line.ts';
import { saveSpans } from './spans.ts';
import { exchangeOf, exchangeTerms, recordTerms, sessionTerm, type Term, UNDER_WAY } from './term.ts';
import { TermNumbers } from './term-numbers.ts';

export const CURSOR = 'index.cursor';

export interface Cursor {
  readonly origin: string;
  /** Records below this seq are in the index. */
  readonly seq: number;
}

/** An exchange that the batch makes or changes. */
interface Draft {
  readonly before: ExchangeState | undefined;
  now: IndexedExchange;
}

/** Reads rows of `exchanges`. */
export function toIndexedExchange(row: { seq: number; time: number; state: string }): IndexedExchange {
  // eslint-disable-next-line no-restricted-properties -- written by `saveExchanges` below
  return { seq: row.seq, time: row.time, state: JSON.parse(row.state) as ExchangeState };
}

async function saveCursor(db: Kysely<StoreTables>, cursor: Cursor): Promise<void> {
  await writeMeta(db, CURSOR, `${cursor.seq} ${cursor.origin}`);
}

export async function loadCursor({ db }: Store): Promise<Cursor | undefined> {
  const match = /^(\d{1,16}) (.*)$/.exec((await readMeta(db, CURSOR)) ?? '');
  return match === null ? undefined : { seq: Number(match[1]), origin: match[2]! };
}

export class IndexWriter {
  readonly #store: Store;
  readonly #numbers = new TermNumbers();
  readonly #figures = new FigureSheet();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Empties the tables, so that they can be made anew from the ledger. */
  async clear(): Promise<void> {
    this.#forget();
    await this.#store.db.transaction().execute(async (db) => {
      for (const table of ['records', 'exchanges', 'terms', 'postings', 'spans', 'figures'] as const) {
        await db.deleteFrom(table).execute();
      }
      await db.deleteFrom('meta').where('name', '=', CURSOR).execute();
    });
  }

  /** Writes records, which follow the cursor's last, and the cursor after them. `now`: for how long figures are kept. */
  async save(records: readonly StoredRecord[], cursor: Cursor, now: number): Promise<void> {
    try {
      await this.#store.db.transaction().execute(async (db) => {
        await this.#save(db, records, now);
        await saveCursor(db, cursor);
      });
    } catch (thrown) {
      this.#forget();
      throw thrown;
    }
  }

  /** Nothing at hand may outlive a transaction that was taken back. */
  #forget(): void {
    this.#numbers.clear();
    this.#figures.clear();
  }

  async #save(db: Kysely<StoreTables>, records: readonly StoredRecord[], now: number): Promise<void> {
    const timed = records.map((record) => ({ seq: record.seq, time: Date.parse(record.time), record }));
    const drafts = await this.#join(db, records);
    for (const { record, time } of timed) {
      if (record.kind === 'access.refused') this.#figures.countRefused(time, record.principal, record.count);
      if (record.kind === 'detection') this.#figures.countDetection(time, record.involved.principal, record.severity);
    }

    const terms: [Term, number, 'add' | 'remove'][] = [];
    for (const record of records) for (const term of recordTerms(record)) terms.push([term, record.seq, 'add']);
    const postings = new PostingChanges();
    for (const { before, now: exchange } of drafts.values()) {
      const { seq, time, state } = exchange;
      if (before === state) continue;
      // Removed first: what both have is there afterwards.
      if (before !== undefined) {
        for (const term of exchangeTerms({ seq, time, state: before })) terms.push([term, seq, 'remove']);
      }
      for (const term of exchangeTerms(exchange)) terms.push([term, seq, 'add']);
      if (before === undefined && state.session !== null) postings.add(sessionTerm(state.session), seq);
      this.#figures.countExchange(exchange, before);
    }
    await this.#numbers.learn(
      db,
      terms.map(([term]) => term),
    );
    for (const [term, seq, change] of terms) postings[change](this.#numbers.get(term), seq);

    // The driver is synchronous: between its steps requests have the event loop.
    await setImmediate();
    await saveRecords(db, timed);
    await setImmediate();
    await saveExchanges(db, drafts.values());
    await setImmediate();
    await postings.save(db);
    await setImmediate();
    await saveSpans(db, timed);
    await this.#figures.save(db, now);
    await setImmediate();
  }

  /** The exchanges that the records make or change, by seq of their opened record. */
  async #join(db: Kysely<StoreTables>, records: readonly StoredRecord[]): Promise<Map<number, Draft>> {
    const drafts = new Map<number, Draft>();
    const seqs = new Map<string, number>();
    for (const found of await this.#known(db, records)) {
      seqs.set(found.state.id, found.seq);
      drafts.set(found.seq, { before: found.state, now: found });
    }
    for (const record of records) {
      if (record.kind === 'exchange.opened') {
        const exchange = { seq: record.seq, time: Date.parse(record.time), state: toOpenState(record) };
        seqs.set(exchange.state.id, record.seq);
        drafts.set(record.seq, { before: drafts.get(record.seq)?.before, now: exchange });
      } else if (record.kind === 'exchange.closed') {
        // Without an opened record (it was pruned) there is no exchange to tell of.
        const draft = drafts.get(seqs.get(record.exchange) ?? -1);
        if (draft !== undefined) draft.now = { ...draft.now, state: toClosedState(draft.now.state, record) };
      } else if (record.kind === 'node.state' && record.state === 'started') {
        await this.#abandon(db, drafts, record.seq);
      }
    }
    return drafts;
  }

  /** The exchanges in the table that the records are about. */
  async #known(db: Kysely<StoreTables>, records: readonly StoredRecord[]): Promise<IndexedExchange[]> {
    const ids = new Set<string>();
    for (const record of records) if (record.kind === 'exchange.closed') ids.add(record.exchange);
    for (const record of records) if (record.kind === 'exchange.opened') ids.delete(record.exchange.id);
    const about = JSON.stringify([...ids]);
    const { rows } = await sql<{ seq: number; time: number; state: string }>`select e.seq, e.time, e.state
      from json_each(${about}) j join records r on r.exchange = j.value join exchanges e on e.seq = r.seq
      union all select seq, time, state from exchanges
        where seq between ${records[0]!.seq} and ${records.at(-1)!.seq}`.execute(db);
    return rows.map(toIndexedExchange);
  }

  /** Ends what was under way when a node started: the process that opened it is gone. */
  async #abandon(db: Kysely<StoreTables>, drafts: Map<number, Draft>, startedAt: number): Promise<void> {
    const term: Term = { field: 'outcome', value: UNDER_WAY };
    await this.#numbers.learn(db, [term]);
    const group = { terms: [this.#numbers.get(term)] };
    for await (const seqs of findSeqs(db, [group], { from: 0, before: startedAt })) {
      const unknown = seqs.filter((seq) => !drafts.has(seq));
      if (unknown.length === 0) continue;
      const { rows } = await sql<{ seq: number; time: number; state: string }>`select seq, time, state from exchanges
        where seq in (select value from json_each(${JSON.stringify(unknown)}))`.execute(db);
      for (const found of rows.map(toIndexedExchange)) drafts.set(found.seq, { before: found.state, now: found });
    }
    for (const draft of drafts.values()) {
      if (draft.now.seq < startedAt) draft.now = { ...draft.now, state: toAbandonedState(draft.now.state) };
    }
  }
}

async function saveRecords(
  db: Kysely<StoreTables>,
  records: readonly { readonly seq: number; readonly time: number; readonly record: StoredRecord }[],
): Promise<void> {
  // One statement a table, whatever the number of rows: building thousands of parameters costs more than the rows.
  const rows = JSON.stringify(records.map(({ seq, time, record }) => [seq, time, record.kind, exchangeOf(record)]));
  await sql`insert or replace into records (seq, time, kind, exchange)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(${rows})`.execute(db);
}

async function saveExchanges(db: Kysely<StoreTables>, drafts: Iterable<Draft>): Promise<void> {
  const changed = [...drafts].filter(({ before, now }) => before !== now.state).map(({ now }) => now);
  if (changed.length === 0) return;
  const rows = JSON.stringify(changed.map(({ seq, time, state }) => [seq, time, JSON.stringify(state)]));
  await sql`insert or replace into exchanges (seq, time, state)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(${rows})`.execute(db);
}

/** Forgets pruned records. What was counted of them stays counted. */
export async function forgetPruned({ db }: Store, firstSeq: number): Promise<void> {
  const least = await db.selectFrom('records').select('seq').orderBy('seq').limit(1).executeTakeFirst();
  for (let seq = least?.seq ?? firstSeq; seq < firstSeq; seq += BLOCK) {
    // A block at a time: a few milliseconds of the event loop.
    const before = Math.min(seq + BLOCK, firstSeq);
    await db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('records').where('seq', '<', before).execute();
      await transaction.deleteFrom('exchanges').where('seq', '<', before).execute();
      // Places below in the same block are left: no row is there for them.
      await transaction
        .deleteFrom('postings')
        .where('block', '<', Math.floor(before / BLOCK))
        .execute();
      await transaction.deleteFrom('spans').where('last_seq', '<', before).execute();
    });
  }
}
