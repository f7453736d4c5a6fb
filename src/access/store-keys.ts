// Keys over the table of the store.
import { parseJson } from '../codec/index.ts';
import { KeyInfo } from '../contract/index.ts';
import { type Store, inStore } from '../store/index.ts';
import { takenKey, unknownKey, type KeyStore } from './key-store.ts';

/** Keys that last as long as the data folder. */
export function createStoreKeyStore({ db }: Store): KeyStore {
  return {
    list: () =>
      inStore('reading the keys', async () => {
        const rows = await db.selectFrom('keys').selectAll().orderBy('created').orderBy('id').execute();
        return rows.map((row) => {
          const info = KeyInfo.parse(parseJson(row.info, { what: 'a key of the store', code: 'store_fault' }));
          return { hash: row.hash, info: row.revoked === null ? info : { ...info, revoked: row.revoked } };
        });
      }),
    insert: ({ hash, info }) =>
      inStore('writing a key', async () => {
        const row = { id: info.id, hash, info: JSON.stringify(info), created: info.created };
        const result = await db
          .insertInto('keys')
          .values({ ...row, expires: info.expires ?? null, revoked: info.revoked ?? null })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (Number(result.numInsertedOrUpdatedRows ?? 0) === 0) throw takenKey(info.id);
      }),
    markRevoked: (id, time) =>
      inStore('revoking a key', async () => {
        await db.updateTable('keys').set({ revoked: time }).where('id', '=', id).execute();
        const row = await db.selectFrom('keys').select('id').where('id', '=', id).executeTakeFirst();
        if (row === undefined) throw unknownKey(id);
      }),
    unmarkRevoked: (id) =>
      inStore('reinstating a key', async () => {
        await db.updateTable('keys').set({ revoked: null }).where('id', '=', id).execute();
      }),
  };
}
