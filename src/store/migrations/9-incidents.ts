// Step 9: what is contained, what was contained, incidents, and what playbooks did about them.
import type { Migration } from './migration.ts';

export const incidents: Migration = {
  id: 9,
  name: 'incidents',
  async up(db) {
    await db.schema
      .createTable('restraints')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('containments')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('asked', 'bigint', (column) => column.notNull())
      .addColumn('incident', 'text')
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('containments_by_state').on('containments').columns(['state', 'asked']).execute();
    await db.schema
      .createTable('incidents')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('changed', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('incidents_by_state').on('incidents').columns(['state', 'changed']).execute();
    await db.schema
      .createTable('playbook_runs')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('incident', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('started', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('playbook_runs_by_incident')
      .on('playbook_runs')
      .columns(['incident', 'started'])
      .execute();
  },
};
