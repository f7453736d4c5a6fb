// The store of one data folder. Opening it takes ownership of the folder.
import { Kysely, sql, SqliteDialect } from 'kysely';
import { AncileError } from '../base/index.ts';
import { MIGRATIONS, migrate } from './migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { openOwnedDatabase, releaseDatabase } from './owned-database.ts';
import type { StoreTables } from './schema.ts';
import { Snapshots, type StoreSnapshot } from './snapshot.ts';

export interface OpenStoreOptions {
  /** The database file, in the data folder it owns: `<dataDir>/store.db`. */
  readonly path: string;
  /** Steps to the present schema, ascending; those of this program unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
  /** It came from elsewhere: what is in it must not act. */
  readonly untrusted?: boolean;
}

export interface Store {
  readonly db: Kysely<StoreTables>;
  readonly path: string;
  /**
   * The database as it is now, to be copied. It goes on being written to meanwhile; closing it waits for the release.
   * @throws AncileError `store_fault` when it cannot be brought to a state that can be copied
   */
  snapshot(): Promise<StoreSnapshot>;
  /** Ends the ownership. Idempotent. */
  close(): Promise<void>;
}

/**
 * A database can hold programs of its own, which run when it is written to: ours holds none.
 * @throws AncileError `data_dir_unusable` where it holds one, or is damaged
 */
async function checkUntrusted(db: Kysely<StoreTables>, path: string): Promise<void> {
  await sql`pragma trusted_schema = off`.execute(db);
  const { rows: programs } = await sql`select 1 from sqlite_schema where type not in ('table', 'index')`.execute(db);
  const { rows: check } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(db);
  if (programs.length === 0 && check[0]?.quick_check === 'ok') return;
  const what = programs.length === 0 ? 'is damaged' : 'holds triggers or views, which no store of ours has';
  throw new AncileError('data_dir_unusable', `the store ${what}`, {
    at: path,
    hint: 'Take another copy of it.',
  });
}

/**
 * Opens the store and brings its schema up to date.
 * @throws AncileError `data_dir_owned` while another process has it, `data_dir_unusable` when the folder cannot be
 *   written or the store is of a newer version, `store_fault` when a migration fails.
 */
export async function openStore({
  path,
  migrations = MIGRATIONS,
  untrusted = false,
}: OpenStoreOptions): Promise<Store> {
  const database = openOwnedDatabase(path);
  const snapshots = new Snapshots(path);
  const db = new Kysely<StoreTables>({
    dialect: new SqliteDialect({
      database: {
        prepare: (text) => database.prepare(text),
        close() {
          releaseDatabase(database);
          snapshots.close();
        },
      },
    }),
  });
  try {
    if (untrusted) await checkUntrusted(db, path);
    await migrate(db, migrations, path);
  } catch (cause) {
    await db.destroy();
    if (cause instanceof AncileError) throw cause;
    const hint = 'Nothing was changed by the failed step; look at the cause and start again.';
    throw new AncileError('store_fault', `the store ${path} could not be migrated`, { at: path, hint, cause });
  }
  let closed = false;
  return {
    db,
    path,
    snapshot: () => snapshots.take(db),
    async close() {
      if (closed) return;
      closed = true;
      await snapshots.ended();
      await db.destroy();
    },
  };
}
