// Requests refused before they became an exchange: counted and written as one record a window, so that a flood
// without a key cannot fill the ledger (invariant 3).
import type { Clock, ErrorCode } from '../base/index.ts';
import type { RecordBody } from '../contract/index.ts';

const WINDOW_MS = 10_000;
/** Distinct (reason, principal) pairs kept in a window; the rest are counted without the principal. */
const MAX_ENTRIES = 1000;

export interface Refusals {
  /** @param principal - the key's id where the key itself was good (a spent budget, a route out of scope) */
  note(reason: ErrorCode, principal?: string): void;
  /** Writes what is counted. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createRefusals(append: (body: RecordBody) => Promise<unknown>, clock: Clock): Refusals {
  const counts = new Map<string, { reason: ErrorCode; principal: string | undefined; count: number; since: number }>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...counts.values()];
    counts.clear();
    await Promise.all(
      entries.map(({ reason, principal, count, since }) =>
        append({
          kind: 'access.refused',
          reason,
          ...(principal === undefined ? {} : { principal }),
          count,
          since: new Date(since).toISOString(),
        }),
      ),
    );
  }

  return {
    note(reason, principal) {
      if (counts.size >= MAX_ENTRIES) principal = undefined;
      const key = `${reason} ${principal ?? ''}`;
      const entry = counts.get(key);
      if (entry === undefined) counts.set(key, { reason, principal, count: 1, since: clock() });
      else entry.count++;
      // A ledger that cannot be written has said so on the request path already.
      timer ??= setTimeout(() => void flush().catch(() => undefined), WINDOW_MS).unref();
    },
    flush,
    close: flush,
  };
}
