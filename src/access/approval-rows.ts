// Approvals over the table of the store, with the held texts sealed beside them until they are decided on.
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { Approval, type ApprovalState, HeldText } from '../contract/index.ts';
import type { Seal } from '../keys/index.ts';
import { type Store, inStore } from '../store/index.ts';

export interface ApprovalQuery {
  readonly state?: ApprovalState;
  readonly exchange?: string;
  readonly limit: number;
}

export interface ApprovalRows {
  insert(approval: Approval, texts: readonly HeldText[]): Promise<void>;
  /** Writes a new state; the texts of what is no longer pending are erased with it. */
  update(approval: Approval): Promise<void>;
  get(id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(query: ApprovalQuery): Promise<Approval[]>;
  /** Those that bear on what comes: pending or approved, and denied ones whose time has not passed. */
  live(now: number): Promise<Approval[]>;
  /** None where they were erased. @throws AncileError `store_fault` where they do not open */
  texts(id: string): Promise<HeldText[]>;
  /** Forgets what ended before a time; the ledger keeps its records. */
  prune(before: number): Promise<void>;
}

const READ = { code: 'store_fault', what: 'an approval of the store' } as const;

function toApproval(row: { readonly info: string }): Approval {
  return Approval.parse(parseJson(row.info, READ));
}

export function createApprovalRows({ db }: Store, seal: Seal): ApprovalRows {
  return {
    insert: (approval, texts) =>
      inStore('writing an approval', async () => {
        await db
          .insertInto('approvals')
          .values({
            id: approval.id,
            digest: approval.digest,
            exchange: approval.exchange.id,
            state: approval.state,
            requested: Date.parse(approval.requested),
            expires: Date.parse(approval.expires),
            info: JSON.stringify(approval),
            texts: seal.seal(JSON.stringify(texts), approval.id),
          })
          .execute();
      }),
    update: (approval) =>
      inStore('writing an approval', async () => {
        await db
          .updateTable('approvals')
          .set({
            state: approval.state,
            info: JSON.stringify(approval),
            ...(approval.state === 'pending' ? {} : { texts: null }),
          })
          .where('id', '=', approval.id)
          .execute();
      }),
    get: (id) =>
      inStore('reading an approval', async () => {
        const row = await db.selectFrom('approvals').select('info').where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toApproval(row);
      }),
    list: ({ state, exchange, limit }) =>
      inStore('reading the approvals', async () => {
        let query = db.selectFrom('approvals').select('info').orderBy('requested', 'desc').orderBy('id', 'desc');
        if (state !== undefined) query = query.where('state', '=', state);
        if (exchange !== undefined) query = query.where('exchange', '=', exchange);
        return (await query.limit(limit).execute()).map(toApproval);
      }),
    live: (now) =>
      inStore('reading the approvals', async () => {
        const rows = await db
          .selectFrom('approvals')
          .select('info')
          .where((where) =>
            where.or([
              where('state', 'in', ['pending', 'approved']),
              where.and([where('state', '=', 'denied'), where('expires', '>', now)]),
            ]),
          )
          .orderBy('requested')
          .execute();
        return rows.map(toApproval);
      }),
    texts: (id) =>
      inStore('reading held texts', async () => {
        const row = await db.selectFrom('approvals').select('texts').where('id', '=', id).executeTakeFirst();
        if (row === undefined || row.texts === null) return [];
        const opened = seal.open(row.texts, id);
        if (opened === undefined) {
          throw new AncileError('store_fault', 'the held texts do not open', {
            hint: 'They were changed, or keys/capture.key is not the one they were sealed under. Deny what is held.',
          });
        }
        return z.array(HeldText).parse(parseJson(opened, { ...READ, maxBytes: 100_000_000 }));
      }),
    prune: (before) =>
      inStore('clearing old approvals', async () => {
        await db
          .deleteFrom('approvals')
          .where('expires', '<', before)
          .where('state', 'not in', ['pending', 'approved'])
          .execute();
      }),
  };
}
