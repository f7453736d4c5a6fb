// Rows fetched by the page and rows heard live, as one list: newest first, each exchange once, its latest state.
import type { ExchangeRow } from '../../contract.ts';

/** Live rows that are kept; older ones are fetched like all others. */
export const MAX_LIVE = 500;

/** Live rows with one more, or with a newer state of one. */
export function addLive(live: readonly ExchangeRow[], row: ExchangeRow): readonly ExchangeRow[] {
  const at = live.findIndex((each) => each.id === row.id);
  if (at !== -1) return live.with(at, row);
  return [row, ...live].sort((a, b) => b.seq - a.seq).slice(0, MAX_LIVE);
}

/** Both as one list. A row that has ended takes the place of one that has not. */
export function mergeRows(fetched: readonly ExchangeRow[], live: readonly ExchangeRow[]): readonly ExchangeRow[] {
  if (live.length === 0) return fetched;
  const rows = new Map<string, ExchangeRow>();
  for (const row of [...live, ...fetched]) {
    const known = rows.get(row.id);
    if (known === undefined || (known.outcome === null && row.outcome !== null)) rows.set(row.id, row);
  }
  return [...rows.values()].sort((a, b) => b.seq - a.seq);
}
