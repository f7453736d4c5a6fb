// Step 3: held things that wait for a person.
import type { Migration } from './migration.ts';

export const approvals: Migration = {
  id: 3,
  name: 'approvals',
  async up(db) {
    await db.schema
      .createTable('approvals')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('exchange', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('requested', 'bigint', (column) => column.notNull())
      .addColumn('expires', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .addColumn('texts', 'text')
      .execute();
    await db.schema.createIndex('approvals_requested').on('approvals').columns(['requested', 'id']).execute();
    await db.schema.createIndex('approvals_state').on('approvals').columns(['state', 'requested']).execute();
    await db.schema.createIndex('approvals_exchange').on('approvals').column('exchange').execute();
  },
};
