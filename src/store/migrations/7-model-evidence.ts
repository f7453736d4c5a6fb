// Step 7: attestations of models, as they were given.
import type { Migration } from './migration.ts';

export const modelEvidence: Migration = {
  id: 7,
  name: 'model evidence',
  async up(db) {
    await db.schema
      .createTable('model_evidence')
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('bundle', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('model_evidence_of', ['model', 'sha256'])
      .execute();
  },
};
