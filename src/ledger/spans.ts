// From times to seqs: the records of each minute and day lie between two seqs, so that a search by time need not look
// at others. Clocks are set back now and then, so times do not ascend with seqs and cannot be bisected.
import { type Kysely, sql } from 'kysely';
import type { StoreTables } from '../store/index.ts';
import { DAY, MINUTE } from './figure-sheet.ts';

/** Seqs from `from` (included) to `before` (excluded). */
export interface SeqBounds {
  readonly from: number;
  readonly before: number;
}

interface Span {
  readonly step: number;
  readonly start: number;
  first: number;
  last: number;
}

/** Notes where the records of a batch lie. */
export async function saveSpans(
  db: Kysely<StoreTables>,
  records: Iterable<{ readonly seq: number; readonly time: number }>,
): Promise<void> {
  const spans = new Map<string, Span>();
  for (const { seq, time } of records) {
    for (const step of [MINUTE, DAY]) {
      const start = Math.floor(time / step) * step;
      const key = `${step} ${start}`;
      const span = spans.get(key);
      if (span === undefined) spans.set(key, { step, start, first: seq, last: seq });
      else {
        span.first = Math.min(span.first, seq);
        span.last = Math.max(span.last, seq);
      }
    }
  }
  const rows = JSON.stringify([...spans.values()].map(({ step, start, first, last }) => [step, start, first, last]));
  await sql`insert into spans (step, start, first_seq, last_seq)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(${rows}) where true
    on conflict (step, start) do update set
      first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq)`.execute(db);
}

/**
 * Bounds around all records with `from <= time < to` (milliseconds since the epoch), which others may lie among;
 * undefined where there are none.
 */
export async function findBounds(
  db: Kysely<StoreTables>,
  from = -Infinity,
  to = Infinity,
): Promise<SeqBounds | undefined> {
  if (from === -Infinity && to === Infinity) return { from: 0, before: Number.MAX_SAFE_INTEGER };
  const minute = Math.floor(from / MINUTE) * MINUTE;
  const firstDay = Math.ceil(from / DAY) * DAY;
  const lastDay = Math.floor(to / DAY) * DAY;
  // Whole days, and minutes at the two ends; only minutes where there is no whole day.
  const parts: [step: number, from: number, to: number][] =
    firstDay < lastDay
      ? [
          [MINUTE, minute, firstDay],
          [DAY, firstDay, lastDay],
          [MINUTE, lastDay, to],
        ]
      : [[MINUTE, minute, to]];
  let first = Infinity;
  let last = -Infinity;
  for (const [step, start, end] of parts) {
    if (!(start < end)) continue;
    let query = db
      .selectFrom('spans')
      .select((eb) => [eb.fn.min('first_seq').as('first'), eb.fn.max('last_seq').as('last')])
      .where('step', '=', step);
    if (start !== -Infinity) query = query.where('start', '>=', start);
    if (end !== Infinity) query = query.where('start', '<', end);
    const found = (await query.executeTakeFirstOrThrow()) as { first: number | null; last: number | null };
    first = Math.min(first, found.first ?? Infinity);
    last = Math.max(last, found.last ?? -Infinity);
  }
  return first > last ? undefined : { from: first, before: last + 1 };
}
