// The store of one data folder. Opening it takes ownership of the folder.
import { Kysely, SqliteDialect } from 'kysely';
import { AncileError } from '../base/index.ts';
import { type Migration, MIGRATIONS, migrate } from './migrations.ts';
import { openOwnedDatabase, releaseDatabase } from './owned-database.ts';
import type { StoreTables } from './schema.ts';

export interface OpenStoreOptions {
  /** The database file, in the data folder it owns: `<dataDir>/store.db`. */
  readonly path: string;
  /** Steps to the present schema, ascending; those of this program unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
}

export interface Store {
  readonly db: Kysely<StoreTables>;
  readonly path: string;
  /** Ends the ownership. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the store and brings its schema up to date.
 * @throws AncileError `data_dir_owned` while another process has it, `data_dir_unusable` when the folder cannot be
 *   written or the store is of a newer version, `store_fault` when a migration fails.
 */
export async function openStore({ path, migrations = MIGRATIONS }: OpenStoreOptions): Promise<Store> {
  const database = openOwnedDatabase(path);
  const db = new Kysely<StoreTables>({
    dialect: new SqliteDialect({
      database: { prepare: (text) => database.prepare(text), close: () => releaseDatabase(database) },
    }),
  });
  try {
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
    async close() {
      if (closed) return;
      closed = true;
      await db.destroy();
    },
  };
}
