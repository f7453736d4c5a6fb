// Finding exchanges, newest first, a page at a time, in time that depends on the page and the length of the ledger's
// index, not on how rare or how common each wanted thing is.
import { type Kysely, sql } from 'kysely';
import type { ExchangeFilter, ExchangeRow } from '../contract/index.ts';
import type { Store, StoreTables } from '../store/index.ts';
import { type IndexedExchange, toExchangeRow } from './exchange-state.ts';
import type { Group } from './find-places.ts';
import { toIndexedExchange } from './index-writer.ts';
import { candidates, groupOf, pageSize, searchBounds } from './search.ts';
import { hasWord, toWords, wordGroup } from './search-words.ts';
import { sessionTerm } from './term.ts';

/** Rows looked into for one page. Where more would have to be, the page is short and says where to go on. */
const MAX_LOOKED_INTO = 20_000;

export interface ExchangePage {
  readonly exchanges: ExchangeRow[];
  /** `before` of the next page; absent where there is none. A page that has it may be short, even empty. */
  readonly next?: number;
}

/** What is wanted: groups for the index, and a test for what it cannot tell. Undefined where nothing can be like it. */
interface Wanted {
  readonly groups: readonly Group[];
  readonly matches: (exchange: IndexedExchange) => boolean;
}

async function toWanted(db: Kysely<StoreTables>, filter: ExchangeFilter): Promise<Wanted | undefined> {
  const groups: Group[] = [];
  for (const field of ['principal', 'route', 'model', 'surface', 'action', 'outcome', 'class', 'rule'] as const) {
    const value = filter[field];
    if (value === undefined) continue;
    const group = await groupOf(db, field, value);
    if (group === undefined) return undefined;
    groups.push(group);
  }
  const { session, text = '' } = filter;
  if (session !== undefined) groups.push({ terms: [sessionTerm(session)] });
  const asked: string[] = [];
  for (const word of toWords(text)) {
    const group = await wordGroup(db, word);
    if (group === undefined) asked.push(word);
    else if (group.terms.length === 0 && group.seqs?.length === 0) return undefined;
    else groups.push(group);
  }
  return {
    groups,
    matches: (exchange) =>
      (session === undefined || exchange.state.session === session) && asked.every((word) => hasWord(exchange, word)),
  };
}

async function load(db: Kysely<StoreTables>, seqs: readonly number[]): Promise<IndexedExchange[]> {
  const { rows } = await sql<{ seq: number; time: number; state: string }>`select seq, time, state from exchanges
    where seq in (select value from json_each(${JSON.stringify(seqs)})) order by seq desc`.execute(db);
  return rows.map(toIndexedExchange);
}

/**
 * Searches the index for exchanges; it may lag behind the ledger by its interval (`RecordIndex.caughtUp`).
 * @throws AncileError `store_fault` when the store cannot be read.
 */
export async function searchExchanges({ db }: Store, filter: ExchangeFilter): Promise<ExchangePage> {
  const limit = pageSize(filter.limit);
  const bounds = await searchBounds(db, filter);
  const wanted = bounds === undefined ? undefined : await toWanted(db, filter);
  if (bounds === undefined || wanted === undefined) return { exchanges: [] };
  const exchanges: ExchangeRow[] = [];
  let lookedInto = 0;
  // One more than the page tells whether there is another.
  for await (const seqs of candidates(db, 'exchanges', wanted.groups, bounds.seqs, limit + 1)) {
    for (const found of await load(db, seqs)) {
      if (found.time < bounds.from || found.time >= bounds.to || !wanted.matches(found)) continue;
      if (exchanges.length === limit) return { exchanges, next: exchanges.at(-1)!.seq };
      exchanges.push(toExchangeRow(found));
    }
    lookedInto += seqs.length;
    if (lookedInto >= MAX_LOOKED_INTO) return { exchanges, next: seqs.at(-1)! };
  }
  return { exchanges };
}

/** The exchange of an id; undefined where the index has none. */
export async function getExchangeRow({ db }: Store, id: string): Promise<ExchangeRow | undefined> {
  const { rows } = await sql<{ seq: number; time: number; state: string }>`select e.seq, e.time, e.state
    from records r join exchanges e on e.seq = r.seq where r.exchange = ${id} order by e.seq desc limit 1`.execute(db);
  return rows[0] === undefined ? undefined : toExchangeRow(toIndexedExchange(rows[0]));
}
