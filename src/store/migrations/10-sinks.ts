// Step 10: how far each sink is in the ledger, and what its receiver would not take.
import type { Migration } from './migration.ts';

export const sinks: Migration = {
  id: 10,
  name: 'sinks',
  async up(db) {
    await db.schema
      .createTable('sinks')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('cursor', 'integer', (column) => column.notNull())
      .addColumn('gaps', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('dead_letters')
      .addColumn('sink', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('time', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('dead_letters_place', ['sink', 'seq'])
      .execute();
  },
};
