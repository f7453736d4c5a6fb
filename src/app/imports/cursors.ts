// How far the files of a source were read: rows of the store, so that a restart neither loses nor repeats.
import { sql } from 'kysely';
import type { Store } from '../../store/index.ts';

export interface Cursor {
  readonly mark: string;
  readonly offset: number;
  readonly line: number;
}

export interface Cursors {
  /** Of those of these files that have one. */
  of(files: readonly string[]): Promise<Map<string, Cursor>>;
  save(file: string, cursor: Cursor, pass: number): Promise<void>;
  /** Notes that these files were there in a pass... */
  touch(files: readonly string[], pass: number): Promise<void>;
  /** ...and forgets those that were not. */
  sweep(pass: number): Promise<void>;
}

export function openCursors({ db }: Pick<Store, 'db'>, source: string): Cursors {
  const inFiles = (files: readonly string[]) =>
    sql<boolean>`file in (select value from json_each(${JSON.stringify(files)}))`;
  return {
    async of(files) {
      const rows = await db
        .selectFrom('import_files')
        .selectAll()
        .where('source', '=', source)
        .where(inFiles(files))
        .execute();
      return new Map(rows.map(({ file, mark, offset, line }) => [file, { mark, offset, line }]));
    },
    async save(file, cursor, pass) {
      await db
        .insertInto('import_files')
        .values({ source, file, ...cursor, pass })
        .onConflict((conflict) => conflict.columns(['source', 'file']).doUpdateSet({ ...cursor, pass }))
        .execute();
    },
    async touch(files, pass) {
      await db.updateTable('import_files').set({ pass }).where('source', '=', source).where(inFiles(files)).execute();
    },
    async sweep(pass) {
      await db.deleteFrom('import_files').where('source', '=', source).where('pass', '<', pass).execute();
    },
  };
}
