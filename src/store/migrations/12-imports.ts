// Step 12: how far files and objects of logs were read.
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const imports: Migration = {
  id: 12,
  name: 'imports',
  async up(db) {
    await db.schema
      .createTable('import_files')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('mark', 'text', (column) => column.notNull())
      .addColumn('offset', 'bigint', (column) => column.notNull())
      .addColumn('line', 'bigint', (column) => column.notNull())
      .addColumn('pass', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('import_files_pk', ['source', 'file'])
      .modifyEnd(sql`without rowid`)
      .execute();
  },
};
