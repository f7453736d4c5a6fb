// Step 5: labelled examples, as people's feedback makes them.
import type { Migration } from './migration.ts';

export const feedback: Migration = {
  id: 5,
  name: 'feedback',
  async up(db) {
    await db.schema
      .createTable('feedback')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('exchange', 'text', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('segment', 'text', (column) => column.notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('time', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .addColumn('text', 'text')
      .addUniqueConstraint('feedback_target', ['exchange', 'direction', 'segment', 'rule'])
      .execute();
    await db.schema.createIndex('feedback_verdict').on('feedback').columns(['verdict', 'id']).execute();
    await db.schema.createIndex('feedback_time').on('feedback').column('time').execute();
  },
};
