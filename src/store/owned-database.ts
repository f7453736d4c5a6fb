// Opens the database so that this process, and no other, has it for as long as it lives: the lock that owns dataDir.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { AncileError, systemCode } from '../base/index.ts';

export type Database = InstanceType<typeof Libsql>;

function unusable(path: string, cause: unknown): AncileError {
  const why = systemCode(cause) ?? 'unknown fault';
  return new AncileError('data_dir_unusable', `the store ${path} cannot be opened or written (${why})`, {
    at: dirname(path),
    hint: 'Give dataDir a local folder that this user can write, with room on its disk.',
    cause,
  });
}

function owned(path: string, cause: unknown): AncileError {
  const folder = dirname(path);
  return new AncileError('data_dir_owned', `the data folder ${folder} is owned by another process`, {
    at: folder,
    hint: 'Stop the process that uses it, or give this one a dataDir of its own.',
    cause,
  });
}

/** A failed opening has its own fault to tell; one of closing what never opened adds nothing. */
function closeQuietly(database: Database): void {
  try {
    database.close();
  } catch {
    // Nothing was written: there is nothing to lose.
  }
}

/**
 * Opens (or makes) the SQLite file with `locking_mode=EXCLUSIVE`, WAL and `synchronous=FULL`, and takes the lock at
 * once. It is a lock of the operating system on the open file: it ends with the process, however that ends.
 *
 * The lock is of the POSIX kind, which a process loses when *any* of its descriptors of the file is closed: nothing
 * in this process may open the file by another way.
 * @throws AncileError `data_dir_owned`, or `data_dir_unusable`.
 */
export function openOwnedDatabase(path: string): Database {
  let database: Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite gives its -wal file the mode of the database, so that is set before anything is in it.
    try {
      closeSync(openSync(path, 'wx', 0o600));
      chmodSync(path, 0o600);
    } catch (cause) {
      if (systemCode(cause) !== 'EEXIST') throw cause;
    }
    database = new Libsql(path, { timeout: 0 });
    // Before the first read: with it the WAL needs no shared memory, and the lock is never let go.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL); DELETE FROM owner;');
    database.prepare('INSERT INTO owner (pid) VALUES (?)').run(process.pid);
    database.exec('COMMIT');
    return database;
  } catch (cause) {
    if (database !== undefined) closeQuietly(database);
    if (systemCode(cause)?.startsWith('SQLITE_BUSY')) throw owned(path, cause);
    throw unusable(path, cause);
  }
}

/**
 * Gives the lock back and closes. libsql finalises its statements only when they are collected, and until then its
 * `close` leaves the file and its lock open; so the lock is let go by hand, which SQLite allows outside WAL only.
 */
export function releaseDatabase(database: Database): void {
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('PRAGMA locking_mode = NORMAL');
    // A lock is let go at the end of the next read after the change.
    database.prepare('SELECT count(*) FROM sqlite_schema').all();
  } finally {
    database.close();
  }
}
