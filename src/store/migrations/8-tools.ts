// Step 8: tool servers that were seen, and what was decided on the definitions they offer.
import type { Migration } from './migration.ts';

export const tools: Migration = {
  id: 8,
  name: 'tools',
  async up(db) {
    await db.schema
      .createTable('tool_servers')
      .addColumn('server', 'text', (column) => column.primaryKey())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('tool_pins')
      .addColumn('server', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tool_pins_definition', ['server', 'kind', 'name'])
      .execute();
  },
};
