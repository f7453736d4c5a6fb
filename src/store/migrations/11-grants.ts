// Step 11: grants, by which calls like a held one pass for a time.
import type { Migration } from './migration.ts';

export const grants: Migration = {
  id: 11,
  name: 'grants',
  async up(db) {
    await db.schema
      .createTable('grants')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('expires', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
  },
};
