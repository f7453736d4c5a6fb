// Runs of playbooks over the table of the store.
import { parseJson } from '../../codec/index.ts';
import { PlaybookRun } from '../../contract/index.ts';
import { type Store, inStore } from '../../store/index.ts';

/** Runs told of at once, the newest. */
const MOST = 200;

export interface PlaybookRows {
  put(run: PlaybookRun): Promise<void>;
  get(id: string): Promise<PlaybookRun | undefined>;
  /** Newest first. */
  list(query: {
    readonly incident?: string | undefined;
    readonly state?: PlaybookRun['state'] | undefined;
  }): Promise<PlaybookRun[]>;
}

const toRun = ({ info }: { readonly info: string }): PlaybookRun =>
  PlaybookRun.parse(parseJson(info, { code: 'store_fault', what: 'a run of the store' }));

export function createPlaybookRows({ db }: Store): PlaybookRows {
  return {
    put: (run) =>
      inStore('writing a run', async () => {
        const { run: id, incident, state, started } = run;
        const row = { incident, state, started: Date.parse(started), info: JSON.stringify(run) };
        await db
          .insertInto('playbook_runs')
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      }),
    get: (id) =>
      inStore('reading a run', async () => {
        const row = await db.selectFrom('playbook_runs').select('info').where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toRun(row);
      }),
    list: ({ incident, state }) =>
      inStore('reading the runs', async () => {
        let query = db.selectFrom('playbook_runs').select('info').orderBy('started', 'desc').orderBy('id', 'desc');
        if (incident !== undefined) query = query.where('incident', '=', incident);
        if (state !== undefined) query = query.where('state', '=', state);
        return (await query.limit(MOST).execute()).map(toRun);
      }),
  };
}
