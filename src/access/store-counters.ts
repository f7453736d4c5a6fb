// Usage snapshots over the tables of the store: a row a counter, and one with what is open.
import { z } from 'zod';
import { parseJson } from '../codec/index.ts';
import { BudgetPeriod } from '../contract/index.ts';
import { type CounterRow, type Store, inStore, readMeta, writeMeta } from '../store/index.ts';
import { EMPTY_USAGE, type Counter, type CounterStore } from './usage.ts';

/** Name of the row of `meta` that holds the rest of the snapshot. */
const ROW = 'access.usage';

const count = z.int().nonnegative();
const Rest = z.strictObject({
  seq: count,
  open: z.array(
    z.strictObject({
      exchange: z.string(),
      principal: z.string(),
      time: z.string(),
      reserved: z.strictObject({ requests: count, tokens: count, costMicros: count }),
    }),
  ),
});

function toRow({ principal, period, windowStart, amounts, coveredSeq }: Counter): CounterRow {
  const { requests, tokens, costMicros } = amounts;
  return {
    principal,
    period,
    window_start: windowStart,
    requests,
    tokens,
    cost_micros: costMicros,
    covered_seq: coveredSeq,
  };
}

function toCounter(row: CounterRow): Counter {
  return {
    principal: row.principal,
    period: BudgetPeriod.parse(row.period),
    windowStart: row.window_start,
    amounts: { requests: row.requests, tokens: row.tokens, costMicros: row.cost_micros },
    coveredSeq: row.covered_seq,
  };
}

/** Usage snapshots that last as long as the data folder. */
export function createStoreCounterStore({ db }: Store): CounterStore {
  return {
    load: () =>
      inStore('reading the usage', async () => {
        const rest = await db.selectFrom('meta').select('value').where('name', '=', ROW).executeTakeFirst();
        if (rest === undefined) return EMPTY_USAGE;
        const parsed = Rest.parse(parseJson(rest.value, { what: 'the usage of the store', code: 'store_fault' }));
        const rows = await db.selectFrom('counters').selectAll().execute();
        return { ...parsed, counters: rows.map(toCounter) };
      }),
    save: (snapshot) =>
      inStore('writing the usage', () =>
        db.transaction().execute(async (transaction) => {
          const rest = await readMeta(transaction, ROW);
          const saved = rest === undefined ? 0 : Rest.parse(parseJson(rest, { code: 'store_fault' })).seq;
          for (const counter of snapshot.counters) {
            // Charging what was abandoned changes counters at the seq of the snapshot itself: hence not `<`.
            if (counter.coveredSeq < saved) continue;
            const row = toRow(counter);
            await transaction
              .insertInto('counters')
              .values(row)
              .onConflict((conflict) => conflict.columns(['principal', 'period', 'window_start']).doUpdateSet(row))
              .execute();
          }
          const days = snapshot.counters.filter((counter) => counter.period === 'day').map((each) => each.windowStart);
          const oldest = days.reduce((least, start) => (start < least ? start : least), '9');
          await transaction
            .deleteFrom('counters')
            .where('period', '=', 'day')
            .where('window_start', '<', oldest)
            .execute();
          const value = JSON.stringify({ seq: snapshot.seq, open: snapshot.open });
          await writeMeta(transaction, ROW, value);
        }),
      ),
  };
}
