// Step 4: exchanges as joined rows, postings to find them by, and figures over them. The search tables before it are
// dropped: everything in them is made again from the ledger, which the index does by itself.
import { type CreateTableBuilder, sql } from 'kysely';
import type { Migration } from './migration.ts';

/** Rows in the order of their key, without a number beside it: the key is what they are asked for by. */
const ordered = <T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T> =>
  table.modifyEnd(sql`without rowid`);

export const exchanges: Migration = {
  id: 4,
  name: 'exchanges and figures',
  async up(db) {
    await db.schema.dropTable('record_classes').execute();
    await db.schema.dropTable('records').execute();
    await db.deleteFrom('meta').where('name', '=', 'records.cursor').execute();

    await db.schema
      .createTable('records')
      .addColumn('seq', 'integer', (column) => column.primaryKey())
      .addColumn('time', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('exchange', 'text')
      .execute();
    await db.schema
      .createIndex('records_exchange')
      .on('records')
      .columns(['exchange', 'seq'])
      .where('exchange', 'is not', null)
      .execute();
    await db.schema
      .createTable('exchanges')
      .addColumn('seq', 'integer', (column) => column.primaryKey())
      .addColumn('time', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('terms')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('field', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('folded', 'text', (column) => column.notNull())
      .addUniqueConstraint('terms_value', ['field', 'value'])
      .execute();
    await db.schema.createIndex('terms_folded').on('terms').columns(['field', 'folded']).execute();
    await ordered(
      db.schema
        .createTable('postings')
        .addColumn('block', 'integer', (column) => column.notNull())
        .addColumn('term', 'integer', (column) => column.notNull())
        .addColumn('places', 'blob', (column) => column.notNull())
        .addPrimaryKeyConstraint('postings_pk', ['block', 'term']),
    ).execute();
    await ordered(
      db.schema
        .createTable('spans')
        .addColumn('step', 'bigint', (column) => column.notNull())
        .addColumn('start', 'bigint', (column) => column.notNull())
        .addColumn('first_seq', 'bigint', (column) => column.notNull())
        .addColumn('last_seq', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('spans_pk', ['step', 'start']),
    ).execute();

    let figures = db.schema
      .createTable('figures')
      .addColumn('step', 'bigint', (column) => column.notNull())
      .addColumn('start', 'bigint', (column) => column.notNull())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull());
    for (const name of ['exchanges', 'tokens', 'cost_micros', 'denied'] as const) {
      figures = figures.addColumn(name, 'bigint', (column) => column.notNull());
    }
    for (const name of ['charged_requests', 'charged_tokens', 'charged_micros'] as const) {
      figures = figures.addColumn(name, 'bigint', (column) => column.notNull());
    }
    await ordered(
      figures
        .addColumn('detail', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('figures_pk', ['step', 'start', 'principal']),
    ).execute();
  },
};
