// How a budget burns down: what was charged in its window so far, hour by hour or day by day.
import { type Kysely, sql } from 'kysely';
import { systemClock } from '../base/index.ts';
import type { BudgetPeriod, BudgetUse } from '../contract/index.ts';
import type { Store, StoreTables } from '../store/index.ts';
import { DAY, HOUR } from './figure-sheet.ts';

/** Points of a series, at most: a window that never ends grows by a day every day. */
const MAX_POINTS = 200;

interface Charged {
  readonly start: number;
  readonly requests: number;
  readonly tokens: number;
  readonly costMicros: number;
}

async function loadCharged(db: Kysely<StoreTables>, step: number, starts: readonly number[], principal: string) {
  const { rows } = await sql<Charged>`select f.start, f.charged_requests as requests, f.charged_tokens as tokens,
      f.charged_micros as costMicros
    from json_each(${JSON.stringify(starts)}) s cross join figures f
    where f.step = ${step} and f.start = s.value and f.principal = ${principal}`.execute(db);
  return new Map(rows.map((row) => [row.start, row]));
}

/** The first day that has figures, or today's. */
async function firstDay(db: Kysely<StoreTables>, today: number): Promise<number> {
  const row = await db
    .selectFrom('figures')
    .select('start')
    .where('step', '=', DAY)
    .orderBy('start')
    .limit(1)
    .executeTakeFirst();
  return Math.min(row?.start ?? today, today);
}

/** Where the window of a period begins that holds `now`; of `total`, where its figures do. UTC, as budgets count. */
async function windowBegin(db: Kysely<StoreTables>, period: BudgetPeriod, now: number): Promise<number> {
  const today = Math.floor(now / DAY) * DAY;
  if (period === 'day') return today;
  if (period === 'total') return firstDay(db, today);
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/**
 * Running totals of what a principal's budgets were charged in the window of now: at the end of each hour of a day, else
 * of each day (of fewer, over more than 200). The last point is of now. Exchanges under way are not in it.
 * @throws AncileError `store_fault` when the store cannot be read.
 */
export async function readUsageSeries(
  { db }: Store,
  principal: string,
  period: BudgetPeriod,
  now = systemClock(),
): Promise<BudgetUse['series']> {
  const step = period === 'day' ? HOUR : DAY;
  const begin = await windowBegin(db, period, now);
  const starts: number[] = [];
  for (let start = begin; start <= now; start += step) starts.push(start);
  const charged = await loadCharged(db, step, starts, principal);
  let sum = { requests: 0, tokens: 0, costMicros: 0 };
  const series = starts.map((start) => {
    const more = charged.get(start);
    if (more !== undefined) {
      const { requests, tokens, costMicros } = more;
      sum = {
        requests: sum.requests + requests,
        tokens: sum.tokens + tokens,
        costMicros: sum.costMicros + costMicros,
      };
    }
    return { time: new Date(Math.min(start + step, now)).toISOString(), ...sum };
  });
  const every = Math.ceil(series.length / MAX_POINTS);
  return series.filter((_, i) => (series.length - 1 - i) % every === 0);
}
