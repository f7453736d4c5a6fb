// Numbered steps that bring a store to the present schema; a store of a later version is refused, not guessed at.
import { type Kysely, sql, type Transaction } from 'kysely';
import { AncileError } from '../base/index.ts';
import type { StoreTables } from './schema.ts';

export interface Migration {
  /** Consecutive from 1. A published step is never changed; a new one is added. */
  readonly id: number;
  readonly name: string;
  up(db: Transaction<StoreTables>): Promise<void>;
}

const first: Migration = {
  id: 1,
  name: 'keys, counters, records, meta',
  async up(db) {
    await db.schema
      .createTable('keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('info', 'text', (column) => column.notNull())
      .addColumn('created', 'text', (column) => column.notNull())
      .addColumn('expires', 'text')
      .addColumn('revoked', 'text')
      .execute();
    await db.schema
      .createTable('counters')
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('period', 'text', (column) => column.notNull())
      .addColumn('window_start', 'text', (column) => column.notNull())
      .addColumn('requests', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('tokens', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('cost_micros', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('covered_seq', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('counters_pk', ['principal', 'period', 'window_start'])
      .execute();
    let records = db.schema.createTable('records').addColumn('seq', 'integer', (column) => column.primaryKey());
    for (const name of ['time', 'kind', 'classes', 'rules'] as const) {
      records = records.addColumn(name, 'text', (column) => column.notNull());
    }
    for (const name of ['exchange', 'principal', 'tenant', 'route', 'model', 'surface', 'action', 'outcome'] as const) {
      records = records.addColumn(name, 'text');
    }
    await records.execute();
    for (const name of ['time', 'principal', 'action', 'exchange'] as const) {
      await db.schema.createIndex(`records_${name}`).on('records').columns([name, 'seq']).execute();
    }
    await db.schema
      .createTable('record_classes')
      .addColumn('class', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('record_classes_pk', ['class', 'seq'])
      .execute();
    await db.schema.createIndex('record_classes_seq').on('record_classes').column('seq').execute();
    await db.schema
      .createTable('meta')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};

export const MIGRATIONS: readonly Migration[] = [first];

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
