// Small values by name, that have no table of their own.
import type { Kysely } from 'kysely';
import type { StoreTables } from './schema.ts';

export async function readMeta(db: Kysely<StoreTables>, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

export async function writeMeta(db: Kysely<StoreTables>, name: string, value: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
