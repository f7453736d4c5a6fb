// Step 1: the schema of the first release.
import type { Migration } from './migration.ts';

export const first: Migration = {
  id: 1,
  name: 'keys, counters, records, meta',
  async up(db) {
    await db.schema
      .createTable('keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('info', 'text', (column) => column.notNull())
      .addColumn('created', 'text', (column) => column.notNull())
      .addColumn('expires', 'text')
      .addColumn('revoked', 'text')
      .execute();
    await db.schema
      .createTable('counters')
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('period', 'text', (column) => column.notNull())
      .addColumn('window_start', 'text', (column) => column.notNull())
      .addColumn('requests', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('tokens', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('cost_micros', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('covered_seq', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('counters_pk', ['principal', 'period', 'window_start'])
      .execute();
    let records = db.schema.createTable('records').addColumn('seq', 'integer', (column) => column.primaryKey());
    for (const name of ['time', 'kind', 'classes', 'rules'] as const) {
      records = records.addColumn(name, 'text', (column) => column.notNull());
    }
    for (const name of ['exchange', 'principal', 'tenant', 'route', 'model', 'surface', 'action', 'outcome'] as const) {
      records = records.addColumn(name, 'text');
    }
    await records.execute();
    for (const name of ['time', 'principal', 'action', 'exchange'] as const) {
      await db.schema.createIndex(`records_${name}`).on('records').columns([name, 'seq']).execute();
    }
    await db.schema
      .createTable('record_classes')
      .addColumn('class', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('record_classes_pk', ['class', 'seq'])
      .execute();
    await db.schema.createIndex('record_classes_seq').on('record_classes').column('seq').execute();
    await db.schema
      .createTable('meta')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};
