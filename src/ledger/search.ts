// Finding records by what they say, newest first, a page at a time.
import { type Kysely, sql } from 'kysely';
import type { Store, StoreTables } from '../store/index.ts';
import { findSeqs, type Group } from './find-places.ts';
import { findBounds, type SeqBounds } from './spans.ts';
import type { Field } from './term.ts';
import { termValue } from './term-numbers.ts';

export interface RecordFilter {
  /** ISO 8601 times: from (included) and to (excluded). */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly principal?: string | undefined;
  readonly action?: string | undefined;
  /** Finding class. */
  readonly class?: string | undefined;
  readonly kind?: string | undefined;
  /** Id of a model's version. */
  readonly model?: string | undefined;
  readonly incident?: string | undefined;
  /** Exchange id. */
  readonly exchange?: string | undefined;
  /** At most this many, 1..1000. Default 100. */
  readonly limit?: number | undefined;
  /** Only records before this seq: the last of the page before. */
  readonly before?: number | undefined;
}

/** A record as the index has it; the record itself is `ledger.get(seq)`. */
export interface FoundRecord {
  readonly seq: number;
  readonly time: string;
  readonly kind: string;
  readonly exchange: string | null;
}

/** The number of results that is asked for, within what may be. */
export function pageSize(limit = 100): number {
  return Math.min(Math.max(Math.trunc(limit), 1), 1000);
}

/** The bounds of a search in milliseconds and in seqs; undefined where nothing lies within. */
export async function searchBounds(
  db: Kysely<StoreTables>,
  { from, to, before }: Pick<RecordFilter, 'from' | 'to' | 'before'>,
): Promise<{ readonly seqs: SeqBounds; readonly from: number; readonly to: number } | undefined> {
  const times = {
    from: from === undefined ? -Infinity : Date.parse(from),
    to: to === undefined ? Infinity : Date.parse(to),
  };
  const newest = await db.selectFrom('records').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const bounds = await findBounds(db, times.from, times.to);
  if (newest === undefined || bounds === undefined) return undefined;
  const end = Math.min(bounds.before, newest.seq + 1, before ?? Infinity);
  return end <= bounds.from ? undefined : { seqs: { from: bounds.from, before: end }, ...times };
}

/** The group of a field's value; undefined where no record has it. */
export async function groupOf(db: Kysely<StoreTables>, field: Field, value: string): Promise<Group | undefined> {
  const row = await db
    .selectFrom('terms')
    .select('id')
    .where('field', '=', field)
    .where('value', '=', termValue(value))
    .executeTakeFirst();
  return row === undefined ? undefined : { terms: [row.id] };
}

/** Seqs that are looked into by their rows, in descending order, in steps; of no groups, all there are. */
export async function* candidates(
  db: Kysely<StoreTables>,
  table: 'records' | 'exchanges',
  groups: readonly Group[],
  bounds: SeqBounds,
  step: number,
): AsyncGenerator<number[]> {
  if (groups.length > 0) {
    for await (const seqs of findSeqs(db, groups, bounds)) {
      for (let at = 0; at < seqs.length; at += step) yield seqs.slice(at, at + step);
    }
    return;
  }
  for (let { before } = bounds; before > bounds.from;) {
    const rows = await db
      .selectFrom(table)
      .select('seq')
      .where('seq', '<', before)
      .where('seq', '>=', bounds.from)
      .orderBy('seq', 'desc')
      .limit(step)
      .execute();
    if (rows.length === 0) return;
    yield rows.map((row) => row.seq);
    before = rows.at(-1)!.seq;
  }
}

/** Searches the index; it may lag behind the ledger by its interval. */
export async function searchRecords({ db }: Store, filter: RecordFilter): Promise<FoundRecord[]> {
  const limit = pageSize(filter.limit);
  const bounds = await searchBounds(db, filter);
  if (bounds === undefined) return [];
  const groups: Group[] = [];
  for (const name of ['kind', 'principal', 'action', 'class', 'model', 'incident'] as const) {
    const value = filter[name];
    if (value === undefined) continue;
    const group = await groupOf(db, `record.${name}`, value);
    if (group === undefined) return [];
    groups.push(group);
  }
  if (filter.exchange !== undefined) {
    const rows = await db.selectFrom('records').select('seq').where('exchange', '=', filter.exchange).execute();
    groups.push({ terms: [], seqs: rows.map((row) => row.seq) });
  }
  const found: FoundRecord[] = [];
  for await (const seqs of candidates(db, 'records', groups, bounds.seqs, limit)) {
    if (seqs.length === 0) continue;
    const { rows } = await sql<{
      seq: number;
      time: number;
      kind: string;
      exchange: string | null;
    }>`select * from records
      where seq in (select value from json_each(${JSON.stringify(seqs)})) order by seq desc`.execute(db);
    for (const { seq, time, kind, exchange } of rows) {
      if (time < bounds.from || time >= bounds.to) continue;
      found.push({ seq, time: new Date(time).toISOString(), kind, exchange });
      if (found.length === limit) return found;
    }
  }
  return found;
}

/** Which of these exchanges (or imported calls, by their keys) a record is about, as far as the index is. */
export async function exchangesOnRecord({ db }: Store, exchanges: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ exchange: string }>`select distinct r.exchange
    from json_each(${JSON.stringify(exchanges)}) j cross join records r where r.exchange = j.value`.execute(db);
  return new Set(rows.map(({ exchange }) => exchange));
}
