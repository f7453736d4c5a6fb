// Containments over the table of the store.
import { parseJson } from '../codec/index.ts';
import { Containment } from '../contract/index.ts';
import { type Store, inStore } from '../store/index.ts';

/** Containments that are over are told of so many at once, the newest. */
const MOST = 500;

export interface ContainmentRows {
  put(containment: Containment): Promise<void>;
  get(id: string): Promise<Containment | undefined>;
  /** Newest first. @param query - `live`: what is in force or waits for a second person */
  list(query: { readonly live: boolean; readonly incident?: string | undefined }): Promise<Containment[]>;
}

const toContainment = ({ info }: { readonly info: string }): Containment =>
  Containment.parse(parseJson(info, { code: 'store_fault', what: 'a containment of the store' }));

export function createContainmentRows({ db }: Store): ContainmentRows {
  return {
    put: (containment) =>
      inStore('writing a containment', async () => {
        const { id, state, asked, incident = null } = containment;
        const row = { state, asked: Date.parse(asked), incident, info: JSON.stringify(containment) };
        await db
          .insertInto('containments')
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      }),
    get: (id) =>
      inStore('reading a containment', async () => {
        const row = await db.selectFrom('containments').select('info').where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toContainment(row);
      }),
    list: ({ live, incident }) =>
      inStore('reading the containments', async () => {
        let query = db.selectFrom('containments').select('info').orderBy('asked', 'desc').orderBy('id', 'desc');
        if (live) query = query.where('state', 'in', ['asked', 'effective']);
        if (incident !== undefined) query = query.where('incident', '=', incident);
        // What is in force is told of whole: there is little of it, and whoever looks for it must not miss any.
        return (await (live ? query : query.limit(MOST)).execute()).map(toContainment);
      }),
  };
}
