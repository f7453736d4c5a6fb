// Step 6: the inventory of models, and which versions hold a file of a given content.
import type { Migration } from './migration.ts';

export const models: Migration = {
  id: 6,
  name: 'models',
  async up(db) {
    await db.schema
      .createTable('models')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('repo', 'text', (column) => column.notNull())
      .addColumn('revision', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('changed', 'bigint', (column) => column.notNull())
      .addColumn('info', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('models_state').on('models').columns(['state', 'changed']).execute();
    await db.schema.createIndex('models_changed').on('models').column('changed').execute();
    await db.schema.createIndex('models_repo').on('models').columns(['source', 'repo']).execute();
    await db.schema
      .createTable('model_files')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('model_files_content', ['sha256', 'model'])
      .execute();
    await db.schema.createIndex('model_files_model').on('model_files').column('model').execute();
  },
};
