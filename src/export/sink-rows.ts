// What outlasts the program of a sink: its place in the ledger, the gaps it met, and what its receiver would not take.
import { z } from 'zod';
import type { SinkView } from '../contract/index.ts';
import type { Store } from '../store/index.ts';

type Gap = SinkView['gaps'][number];

const Gaps = z.array(z.object({ from: z.int(), to: z.int(), time: z.string() }));
/** Gaps that are kept; the ledger's statements of what was pruned are for ever. */
const GAPS_MOST = 20;

export interface SinkRow {
  readonly name: string;
  readonly cursor: number;
  readonly gaps: readonly Gap[];
}

export interface BuriedEvent {
  readonly seq: number;
  readonly time: string;
  readonly reason: string;
  readonly attempts: number;
}

export interface SinkRows {
  list(): Promise<SinkRow[]>;
  save(row: SinkRow): Promise<void>;
  bury(sink: string, event: BuriedEvent): Promise<void>;
  unbury(sink: string, seq: number): Promise<void>;
  /** Oldest first. */
  buried(sink: string, range: { readonly after: number; readonly limit: number }): Promise<BuriedEvent[]>;
  find(sink: string, seqs: readonly number[]): Promise<BuriedEvent[]>;
  countBuried(sink: string): Promise<number>;
}

export function createSinkRows({ db }: Pick<Store, 'db'>): SinkRows {
  const letters = (sink: string) =>
    db.selectFrom('dead_letters').select(['seq', 'time', 'reason', 'attempts']).where('sink', '=', sink).orderBy('seq');
  return {
    async list() {
      const rows = await db.selectFrom('sinks').selectAll().orderBy('name').execute();
      // eslint-disable-next-line no-restricted-properties -- a value that this program wrote
      return rows.map(({ name, cursor, gaps }) => ({ name, cursor, gaps: Gaps.parse(JSON.parse(gaps)) }));
    },
    async save({ name, cursor, gaps }) {
      const values = { cursor, gaps: JSON.stringify(gaps.slice(-GAPS_MOST)) };
      await db
        .insertInto('sinks')
        .values({ name, ...values })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
        .execute();
    },
    async bury(sink, { seq, time, reason, attempts }) {
      const values = { time, reason: reason.slice(0, 500), attempts };
      await db
        .insertInto('dead_letters')
        .values({ sink, seq, ...values })
        .onConflict((conflict) => conflict.columns(['sink', 'seq']).doUpdateSet(values))
        .execute();
    },
    async unbury(sink, seq) {
      await db.deleteFrom('dead_letters').where('sink', '=', sink).where('seq', '=', seq).execute();
    },
    buried: (sink, { after, limit }) => letters(sink).where('seq', '>', after).limit(limit).execute(),
    find: (sink, seqs) =>
      letters(sink)
        .where('seq', 'in', [...seqs])
        .execute(),
    async countBuried(sink) {
      const count = db.fn.countAll<number>().as('count');
      return (await db.selectFrom('dead_letters').select(count).where('sink', '=', sink).executeTakeFirstOrThrow())
        .count;
    },
  };
}
