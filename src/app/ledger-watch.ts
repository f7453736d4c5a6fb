// Whether the ledger can be written, as far as the last attempts tell.
import { type AncileError, type Clock, toAncileError } from '../base/index.ts';
import type { Ledger } from '../ledger/index.ts';

export interface LedgerWatch {
  /** For faults that no caller waits for. */
  note(fault: AncileError): void;
  /** Appends, and notes where it fails. */
  watch(ledger: Ledger): Ledger['append'];
  /** The last fault, unless a checkpoint has been written since: then the disk is well again. */
  fault(): string | undefined;
}

export function createLedgerWatch(clock: Clock): LedgerWatch {
  let last: { readonly message: string; readonly time: number } | undefined;
  let watched: Ledger | undefined;
  const note = (fault: AncileError): void => {
    last = { message: fault.message, time: clock() };
  };
  return {
    note,
    watch(ledger) {
      watched = ledger;
      return async (body) => {
        try {
          return await ledger.append(body);
        } catch (thrown) {
          note(toAncileError(thrown));
          throw thrown;
        }
      };
    },
    fault() {
      const checkpoint = watched?.lastCheckpoint?.time;
      if (last !== undefined && checkpoint !== undefined && Date.parse(checkpoint) > last.time) last = undefined;
      return last?.message;
    },
  };
}
