// Finding records by what they say, newest first, a page at a time.
import type { Store } from '../store/index.ts';

export interface RecordFilter {
  /** ISO 8601 times: from (included) and to (excluded). */
  readonly from?: string;
  readonly to?: string;
  readonly principal?: string;
  readonly action?: string;
  /** Finding class. */
  readonly class?: string;
  readonly kind?: string;
  /** Exchange id. */
  readonly exchange?: string;
  /** At most this many, 1..1000. Default 100. */
  readonly limit?: number;
  /** Only records before this seq: the last of the page before. */
  readonly before?: number;
}

/** A record as the index has it; the record itself is `ledger.get(seq)`. Absent fields are null. */
export interface FoundRecord {
  readonly seq: number;
  readonly time: string;
  readonly kind: string;
  readonly exchange: string | null;
  readonly principal: string | null;
  readonly tenant: string | null;
  readonly route: string | null;
  readonly model: string | null;
  readonly surface: string | null;
  readonly action: string | null;
  readonly outcome: string | null;
  readonly classes: readonly string[];
  readonly rules: readonly string[];
}

// eslint-disable-next-line no-restricted-properties -- written by the index, a list of strings
const parseList = (text: string): readonly string[] => JSON.parse(text) as string[];

/** Searches the index; it may lag behind the ledger by its interval. */
export async function searchRecords(store: Store, filter: RecordFilter): Promise<FoundRecord[]> {
  const limit = Math.min(Math.max(Math.trunc(filter.limit ?? 100), 1), 1000);
  let query = store.db.selectFrom('records').selectAll('records').orderBy('records.seq', 'desc').limit(limit);
  for (const name of ['principal', 'action', 'kind', 'exchange'] as const) {
    const value = filter[name];
    if (value !== undefined) query = query.where(name, '=', value);
  }
  if (filter.from !== undefined) query = query.where('time', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('time', '<', filter.to);
  if (filter.before !== undefined) query = query.where('records.seq', '<', filter.before);
  const wanted = filter.class;
  if (wanted !== undefined) {
    query = query.where('records.seq', 'in', (db) =>
      db.selectFrom('record_classes').select('record_classes.seq').where('class', '=', wanted),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, classes: parseList(row.classes), rules: parseList(row.rules) }));
}
