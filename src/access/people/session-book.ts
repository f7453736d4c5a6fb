// Sessions under way: begun, looked up with each request, ended. Only digests of their tokens are kept; they live in the
// store as well, so that a restart of the server signs nobody out.
import type { Clock } from '../../base/index.ts';
import type { Config } from '../../contract/index.ts';
import { type Store, inStore } from '../../store/index.ts';
import { tokenDigest } from '../key-token.ts';
import { createSecretToken } from './secret-token.ts';

/** A request is written down as the last one when the one before is so long ago, milliseconds. */
const SEEN_EVERY = 60_000;
/** Sessions of one user at once; the one unused for longest gives way. */
const MAX_EACH = 20;

export type SessionEnd =
  | 'signed_out'
  | 'idle'
  | 'expired'
  | 'password'
  | 'second_factor'
  | 'roles'
  | 'disabled'
  | 'contained'
  | 'reset'
  | 'too_many';

export interface HeldSession {
  /** Digest of the token: names the session. */
  readonly id: string;
  /** Id of the user. */
  readonly user: string;
  /** Milliseconds since the epoch, as below. */
  readonly begun: number;
  seen: number;
  /** `seen` as the store has it. */
  written: number;
}

export interface SessionBook {
  /** A new session of a user, and its token, which is nowhere else. @throws AncileError `store_fault` */
  begin(user: string): Promise<{ readonly token: string; readonly held: HeldSession }>;
  /** The session of a token, if it has not ended; the request counts as a sign of life. */
  find(token: string): HeldSession | undefined;
  /** When it ends without a further request, and at the latest. */
  ends(held: HeldSession): { readonly idleUntil: number; readonly until: number };
  /** Here it ends at once, also where the store then fails. @throws AncileError `store_fault` */
  end(sessions: readonly HeldSession[], why: SessionEnd): Promise<void>;
  of(user: string): HeldSession[];
  /** Ends those whose time is over. */
  sweep(): Promise<void>;
}

/** @param onEnd - told of each session that ends, before the store is */
export async function openSessionBook(
  { db }: Store,
  clock: Clock,
  settings: () => Config['console'],
  onEnd: (held: HeldSession, why: SessionEnd) => void,
  onFault: (fault: unknown) => void,
): Promise<SessionBook> {
  const rows = await inStore('reading the sessions', () => db.selectFrom('sessions').selectAll().execute());
  const held = new Map<string, HeldSession>(
    rows.map(({ digest, user, begun, seen }) => [digest, { id: digest, user, begun, seen, written: seen }]),
  );

  /** Ended here, and still in the store because it could not be written: the next sweep tries again. */
  const leftOver = new Set<string>();

  const ends = ({ begun, seen }: HeldSession): { idleUntil: number; until: number } => {
    const { sessionIdle, sessionMax } = settings();
    const until = begun + sessionMax;
    return { idleUntil: Math.min(seen + sessionIdle, until), until };
  };
  const over = (session: HeldSession): SessionEnd | undefined => {
    const { idleUntil, until } = ends(session);
    if (until <= clock()) return 'expired';
    return idleUntil <= clock() ? 'idle' : undefined;
  };

  const erase = (): Promise<void> =>
    inStore('ending a session', async () => {
      for (const id of [...leftOver]) {
        await db.deleteFrom('sessions').where('digest', '=', id).execute();
        leftOver.delete(id);
      }
    });

  async function end(sessions: readonly HeldSession[], why: SessionEnd): Promise<void> {
    const found = sessions.filter(({ id }) => held.delete(id));
    for (const session of found) {
      leftOver.add(session.id);
      onEnd(session, why);
    }
    await erase();
  }

  const of = (user: string): HeldSession[] => [...held.values()].filter((session) => session.user === user);

  return {
    async begin(user) {
      const token = createSecretToken();
      const now = clock();
      const session: HeldSession = { id: tokenDigest(token), user, begun: now, seen: now, written: now };
      await inStore('beginning a session', () =>
        db.insertInto('sessions').values({ digest: session.id, user, begun: now, seen: now }).execute(),
      );
      held.set(session.id, session);
      const surplus = of(user)
        .sort((a, b) => b.seen - a.seen || b.begun - a.begun)
        .filter((other) => other !== session)
        .slice(MAX_EACH - 1);
      await end(surplus, 'too_many');
      return { token, held: session };
    },
    find(token) {
      // By digest, of which a caller cannot choose the bytes: timing tells nothing of the sessions there are.
      const session = held.get(tokenDigest(token));
      if (session === undefined) return undefined;
      const why = over(session);
      if (why !== undefined) {
        void end([session], why).catch(onFault);
        return undefined;
      }
      session.seen = clock();
      if (session.seen - session.written >= SEEN_EVERY) {
        session.written = session.seen;
        db.updateTable('sessions')
          .set({ seen: session.seen })
          .where('digest', '=', session.id)
          .execute()
          .catch(onFault);
      }
      return session;
    },
    ends,
    end,
    of,
    async sweep() {
      for (const session of [...held.values()]) {
        const why = over(session);
        if (why !== undefined) await end([session], why);
      }
      await erase();
    },
  };
}
