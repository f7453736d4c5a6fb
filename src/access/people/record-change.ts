// Changes to people on record, before they take effect.
import type { RecordBody } from '../../contract/index.ts';

type Action = Extract<Extract<RecordBody, { kind: 'admin.change' }>['action'], `user.${string}`>;

export interface Change {
  readonly action: Action;
  /** Who makes it: a user's name, or the owner of the data folder at the machine. */
  readonly actor: string;
  /** Name of the user it is about. */
  readonly target: string;
  readonly detail?: string;
}

/**
 * Writes the record of a change and then makes it: nobody is given access that the ledger does not know of. Where the
 * change then fails, a second record says so. What takes access away (the end of sessions) is done before, since a
 * ledger that cannot be written must keep nobody in; signing in again needs a record, too.
 */
export type RecordChange = <T>(change: Change, make: () => Promise<T>) => Promise<T>;

export function createRecordChange(append: (body: RecordBody) => Promise<unknown>): RecordChange {
  return async (change, make) => {
    await append({ kind: 'admin.change', ...change, outcome: 'done' });
    try {
      return await make();
    } catch (thrown) {
      // The fault itself is what the caller is told.
      await append({ kind: 'admin.change', ...change, outcome: 'refused' }).catch(() => undefined);
      throw thrown;
    }
  };
}
