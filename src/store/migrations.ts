// Numbered steps that bring a store to the present schema; a store of a later version is refused, not guessed at.
import { type Kysely, sql } from 'kysely';
import { AncileError } from '../base/index.ts';
import { first } from './migrations/1-first.ts';
import { people } from './migrations/2-people.ts';
import { approvals } from './migrations/3-approvals.ts';
import { exchanges } from './migrations/4-exchanges.ts';
import { feedback } from './migrations/5-feedback.ts';
import { models } from './migrations/6-models.ts';
import { modelEvidence } from './migrations/7-model-evidence.ts';
import { tools } from './migrations/8-tools.ts';
import { incidents } from './migrations/9-incidents.ts';
import { sinks } from './migrations/10-sinks.ts';
import { grants } from './migrations/11-grants.ts';
import { imports } from './migrations/12-imports.ts';
import type { Migration } from './migrations/migration.ts';
import type { StoreTables } from './schema.ts';

export const MIGRATIONS: readonly Migration[] = [
  first,
  people,
  approvals,
  exchanges,
  feedback,
  models,
  modelEvidence,
  tools,
  incidents,
  sinks,
  grants,
  imports,
];

/**
 * Applies the steps that the store lacks, each in a transaction with its entry in the `migrations` table.
 * @throws AncileError `data_dir_unusable` when the store holds a step that this program does not know.
 */
export async function migrate(db: Kysely<StoreTables>, steps: readonly Migration[], at: string): Promise<void> {
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied', 'text', (column) => column.notNull().defaultTo(sql`CURRENT_TIMESTAMP`))
    .execute();
  const applied = await db.selectFrom('migrations').select('id').orderBy('id').execute();
  const newest = applied.at(-1)?.id ?? 0;
  const known = steps.at(-1)?.id ?? 0;
  if (newest > known) {
    throw new AncileError('data_dir_unusable', `the store is of version ${newest}, this program knows ${known}`, {
      at,
      hint: 'It was written by a newer ancile: run that version or a later one.',
    });
  }
  for (const step of steps) {
    if (step.id <= newest) continue;
    await db.transaction().execute(async (transaction) => {
      await step.up(transaction);
      await transaction.insertInto('migrations').values({ id: step.id, name: step.name }).execute();
    });
  }
}
