// What an administrator can do, as one interface: the command line uses it through the socket of a running server,
// or directly on a data folder that nobody owns.
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import type { KeyRing } from '../../access/index.ts';
import type { KeyRequest } from '../../contract/index.ts';
import { Action, FindingClass, KeyInfo, type RecordBody } from '../../contract/index.ts';
import { type Ledger, type RecordFilter, type StoredRecord, searchRecords } from '../../ledger/index.ts';
import type { ReloadResult } from '../../policy/index.ts';
import type { Store } from '../../store/index.ts';

const RECORD_KINDS = ['exchange.opened', 'exchange.closed', 'access.refused', 'admin.change', 'node.state'] as const;

export const RecordQuery = z.strictObject({
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  principal: z.string().optional(),
  action: Action.optional(),
  class: FindingClass.optional(),
  kind: z.enum(RECORD_KINDS).optional(),
  exchange: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  before: z.coerce.number().int().nonnegative().optional(),
});
export type RecordQuery = z.infer<typeof RecordQuery>;

export const CreatedKey = z.object({ key: z.string(), info: KeyInfo });
export type CreatedKey = z.infer<typeof CreatedKey>;

export const AdminStatus = z.object({
  version: z.string(),
  address: z.string().optional(),
  records: z.number(),
  inflight: z.number(),
  policyVersion: z.string().optional(),
});
export type AdminStatus = z.infer<typeof AdminStatus>;

export const Reloaded = z.object({ changed: z.boolean(), version: z.string() });
export type Reloaded = z.infer<typeof Reloaded>;

/** Every method throws an AncileError where it cannot do what it says. */
export interface AdminService {
  createKey(request: z.input<typeof KeyRequest>): Promise<CreatedKey>;
  listKeys(): Promise<KeyInfo[]>;
  revokeKey(id: string): Promise<KeyInfo>;
  searchRecords(query: RecordQuery): Promise<StoredRecord[]>;
  reloadPolicies(): Promise<Reloaded>;
  status(): Promise<AdminStatus>;
}

export interface AdminParts {
  /** Who acts, for the record: `cli (socket)`. */
  readonly actor: string;
  readonly keyRing: KeyRing;
  readonly ledger: Ledger;
  readonly store: Store;
  /** Brings the search index level with the ledger. */
  readonly caughtUp: () => Promise<void>;
  /** Absent where no server runs. */
  readonly reload?: () => ReloadResult;
  readonly status: () => AdminStatus;
}

/** What is asked for, less what is undefined. */
function toFilter(query: RecordQuery): RecordFilter {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

export function createAdminService(parts: AdminParts): AdminService {
  const record = (change: Omit<Extract<RecordBody, { kind: 'admin.change' }>, 'kind' | 'actor'>): Promise<unknown> =>
    parts.ledger.append({ kind: 'admin.change', actor: parts.actor, ...change });

  return {
    async createKey(request) {
      const created = await parts.keyRing.create(request);
      await record({ action: 'key.create', target: created.info.id, outcome: 'done', detail: created.info.name });
      return created;
    },
    listKeys: async () => parts.keyRing.list(),
    async revokeKey(id) {
      const info = await parts.keyRing.revoke(id);
      await record({ action: 'key.revoke', target: id, outcome: 'done', detail: info.name });
      return info;
    },
    async searchRecords(asked) {
      const parsed = RecordQuery.safeParse(asked);
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!;
        throw new AncileError('usage', issue.message, { at: issue.path.map(String).join('.') });
      }
      await parts.caughtUp();
      const found = await searchRecords(parts.store, toFilter(parsed.data));
      const records = await Promise.all(found.map((row) => parts.ledger.get(row.seq)));
      return records.filter((each) => each !== undefined);
    },
    async reloadPolicies() {
      if (parts.reload === undefined)
        throw new AncileError('not_found', 'no server runs whose policies could be reloaded');
      const result = parts.reload();
      await record({
        action: 'policy.reload',
        target: result.version,
        outcome: result.ok ? 'done' : 'refused',
        ...(result.ok ? {} : { detail: result.error.message.slice(0, 500) }),
      });
      if (!result.ok) throw result.error;
      return { changed: result.changed, version: result.version };
    },
    status: async () => parts.status(),
  };
}
