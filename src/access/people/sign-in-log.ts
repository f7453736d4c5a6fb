// Refused sign-ins on record: counted by user and reason, one record a window, so that a flood cannot fill the ledger.
import type { Clock } from '../../base/index.ts';
import type { RecordBody } from '../../contract/index.ts';

const WINDOW_MS = 10_000;
/** Distinct (state, user, reason) kept in a window; those beyond are counted without their user. */
const MAX_ENTRIES = 200;

/** What a name that nobody has is called: what was typed there may be a password. */
export const NOBODY = '-';

type Refused = 'refused' | 'locked';
interface Entry {
  readonly state: Refused;
  readonly actor: string;
  readonly reason: string;
  readonly since: number;
  count: number;
}

export interface SignInLog {
  /** @param actor - the user's name; undefined where there is no such user */
  note(state: Refused, actor: string | undefined, reason: string): void;
  /** Writes what is counted. */
  flush(): Promise<void>;
}

export function createSignInLog(
  append: (body: RecordBody) => Promise<unknown>,
  clock: Clock,
  onFault: (fault: unknown) => void,
): SignInLog {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const counted = [...entries.values()];
    entries.clear();
    await Promise.all(
      counted.map(({ since, ...entry }) => append({ kind: 'session', ...entry, since: new Date(since).toISOString() })),
    );
  }

  return {
    note(state, actor = NOBODY, reason) {
      const name = entries.size >= MAX_ENTRIES ? NOBODY : actor;
      const key = `${state} ${name} ${reason}`;
      const entry = entries.get(key);
      if (entry !== undefined) entry.count++;
      else entries.set(key, { state, actor: name, reason, since: clock(), count: 1 });
      timer ??= setTimeout(() => void flush().catch(onFault), WINDOW_MS).unref();
    },
    flush,
  };
}
