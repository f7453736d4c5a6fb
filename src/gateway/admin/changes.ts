// The record of what was changed, or looked into, by whom.
import type { RecordBody } from '../../contract/index.ts';
import type { Actor } from './actor.ts';

type AdminChange = Extract<RecordBody, { kind: 'admin.change' }>;

/** Longest detail that a record keeps, in characters. */
const MAX_DETAIL = 500;

export type RecordChange = (
  actor: Actor,
  action: AdminChange['action'],
  target: string,
  more?: { readonly outcome?: AdminChange['outcome']; readonly detail?: string },
) => Promise<void>;

/** Writes `admin.change` records; resolves when one is durable. */
export function createChangeRecorder(append: (body: RecordBody) => Promise<unknown>): RecordChange {
  return async (actor, action, target, { outcome = 'done', detail } = {}) => {
    const said = detail === undefined ? {} : { detail: detail.slice(0, MAX_DETAIL) };
    await append({ kind: 'admin.change', actor: actor.name, action, target, outcome, ...said });
  };
}
