// Grants over the table of the store.
import { parseJson } from '../../codec/index.ts';
import { ToolGrant } from '../../contract/index.ts';
import { type Store, inStore } from '../../store/index.ts';

export interface GrantRows {
  insert(grant: ToolGrant): Promise<void>;
  update(grant: ToolGrant): Promise<void>;
  /** All that are not pruned yet. */
  all(): Promise<ToolGrant[]>;
  /** Forgets what expired before a time, milliseconds since the epoch; the ledger keeps its records. */
  prune(before: number): Promise<void>;
}

export function createGrantRows({ db }: Store): GrantRows {
  return {
    insert: (grant) =>
      inStore('writing a grant', async () => {
        const row = { id: grant.id, expires: Date.parse(grant.expires), info: JSON.stringify(grant) };
        await db.insertInto('grants').values(row).execute();
      }),
    update: (grant) =>
      inStore('writing a grant', async () => {
        await db
          .updateTable('grants')
          .set({ info: JSON.stringify(grant) })
          .where('id', '=', grant.id)
          .execute();
      }),
    all: () =>
      inStore('reading the grants', async () => {
        const rows = await db.selectFrom('grants').select('info').orderBy('id').execute();
        return rows.map(({ info }) =>
          ToolGrant.parse(parseJson(info, { code: 'store_fault', what: 'a grant of the store' })),
        );
      }),
    prune: (before) =>
      inStore('clearing old grants', async () => {
        await db.deleteFrom('grants').where('expires', '<', before).execute();
      }),
  };
}
