// A copy of the database while it is in use. SQLite's backup interface is not in the driver, and `VACUUM INTO` would
// hold the event loop for as long as the copy takes. Instead: everything is brought from the write-ahead log into the
// file, and until the copy is done nothing more is. All that is written meanwhile stays in the log.
import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { type Kysely, sql } from 'kysely';
import { AncileError } from '../base/index.ts';
import type { StoreTables } from './schema.ts';

const readSome = promisify(read);

/** SQLite's own number of pages after which the log is brought into the file. */
const CHECKPOINT_PAGES = 1000;

export interface StoreSnapshot {
  readonly bytes: number;
  /** Reads into all of `buffer` from a place on, up to the end; the number of bytes read. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** To be called when the copy is done, or given up. */
  release(): Promise<void>;
}

export class Snapshots {
  readonly #path: string;
  /**
   * A descriptor of our own, kept until the database is closed: the lock that owns the folder would be lost with the
   * first descriptor of the file that is closed before (see `openOwnedDatabase`).
   */
  #fd: number | undefined;
  /** One at a time: each waits for those before it to be released. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async take(db: Kysely<StoreTables>): Promise<StoreSnapshot> {
    const before = this.#last;
    let end!: () => void;
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    let released: Promise<void> | undefined;
    const release = (): Promise<void> => {
      released ??= sql`pragma wal_autocheckpoint = ${sql.lit(CHECKPOINT_PAGES)}`
        .execute(db)
        .then(() => undefined)
        .finally(end);
      return released;
    };
    try {
      await this.#freeze(db);
      return { ...this.#open(), release };
    } catch (thrown) {
      await release();
      throw thrown;
    }
  }

  /** On one connection, so that nothing is written between the two. */
  async #freeze(db: Kysely<StoreTables>): Promise<void> {
    await db.connection().execute(async (connection) => {
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(connection);
      if (rows[0]?.busy !== 0) {
        throw new AncileError('store_fault', 'the store cannot be copied now', {
          at: this.#path,
          hint: 'Try again; look at the disk of the data folder if it goes on.',
        });
      }
      await sql`pragma wal_autocheckpoint = 0`.execute(connection);
    });
  }

  #open(): Omit<StoreSnapshot, 'release'> {
    const fd = (this.#fd ??= openSync(this.#path, 'r'));
    const { size } = fstatSync(fd);
    return {
      bytes: size,
      async read(buffer, position) {
        let done = 0;
        while (done < buffer.length && position + done < size) {
          const most = Math.min(buffer.length - done, size - position - done);
          const { bytesRead } = await readSome(fd, buffer, done, most, position + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return done;
      },
    };
  }

  /** Resolves when no copy is under way. */
  async ended(): Promise<void> {
    await this.#last;
  }

  /** To be called when the lock is given back. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
