// People and their sessions: the one object through which the admin interface signs in, asks who it is, and changes users.
import { type Clock, systemClock } from '../../base/index.ts';
import type { Config, Invite, RecordBody, Session, User, UserRequest } from '../../contract/index.ts';
import type { Keys } from '../../keys/index.ts';
import type { Store } from '../../store/index.ts';
import { type Restraints, createRestraints } from '../restraints.ts';
import { resetUser, updateUser, type UserChange } from './administration.ts';
import { openDirectory } from './directory.ts';
import { toSession } from './grant.ts';
import { type Acceptance, createInvites, type Invites } from './invites.ts';
import { createLockOut } from './lock-out.ts';
import { changePassword } from './own.ts';
import { endSessionsOf, type PeopleParts, type SessionGrant } from './parts.ts';
import { createPasswordHasher, type PasswordCost } from './password-hash.ts';
import { createRecordChange } from './record-change.ts';
import { createSecretSeal } from './sealed-secret.ts';
import { createSecondFactors, type SecondFactors } from './second-factor.ts';
import { openSessionBook, type SessionEnd } from './session-book.ts';
import { signIn, type SignIn } from './sign-in.ts';
import { createSignInLog } from './sign-in-log.ts';
import { isKeptOut, keepsOut } from './signed-out.ts';
import { type UserRecord, foldName, isActiveAdmin, toUser } from './user-record.ts';

/** How often sessions are looked through for those whose time is over, milliseconds. */
const SWEEP_MS = 15_000;

export interface PeopleOptions {
  readonly store: Store;
  readonly keys: Pick<Keys, 'captureKey' | 'keyedDigest'>;
  /** What is contained: people may be kept out. */
  readonly restraints?: Restraints;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  /** Asked each time: the configuration may change. */
  readonly settings: () => Config['console'];
  readonly clock?: Clock;
  /** Told of faults that no caller waits for. */
  readonly onFault?: (fault: unknown) => void;
  /** What hashing a password costs from now on; OWASP's recommendation where it is not said. */
  readonly passwordCost?: PasswordCost;
}

/** A session that ended. `id` is what `authenticate` named it by. */
export interface EndedSession {
  readonly id: string;
  /** Id of the user. */
  readonly user: string;
  readonly why: SessionEnd;
}

export interface Standing {
  /** As it is written. */
  readonly name: string;
  readonly sessions: number;
  /** Without him no admin could sign in. */
  readonly isLastAdmin: boolean;
}

/** `actor` is who acts, as records name him. Every method may throw AncileError `ledger_fault` and `store_fault`. */
export interface People {
  list(): User[];
  /** A new user and his link. @throws AncileError `conflict` where the name is taken */
  invite(request: UserRequest, actor: string): Promise<Invite>;
  /** Whose link it is, and until when. @throws AncileError `not_found` */
  readInvite(token: string): { readonly name: string; readonly expires: string };
  /** Takes the password, spends the link, signs in. @throws AncileError `not_found`, `request_invalid`, `overloaded` */
  acceptInvite(acceptance: Acceptance): Promise<SessionGrant>;
  /** @throws AncileError `unauthenticated`, `second_factor_required`, `locked_out`, `overloaded` */
  signIn(attempt: SignIn): Promise<SessionGrant>;
  /** Whose session it is, if it has not ended. Counts as a sign of life. Never waits. */
  authenticate(token: string): { readonly id: string; readonly session: Session; readonly user: User } | undefined;
  signOut(token: string): Promise<void>;
  /** @throws AncileError `request_invalid` (`current`, `next`), `locked_out`, `overloaded`, `unauthenticated` */
  changePassword(token: string, passwords: { readonly current: string; readonly next: string }): Promise<void>;
  /** @throws AncileError as `changePassword` does, for `password` */
  beginTotp: SecondFactors['begin'];
  /** @throws AncileError `request_invalid` (`code`), `conflict` where none was begun */
  confirmTotp: SecondFactors['confirm'];
  removeTotp: SecondFactors['remove'];
  /** @throws AncileError `not_found`, `conflict` where no admin would be left who can sign in */
  update(id: string, change: UserChange, actor: string): Promise<User>;
  /** @throws AncileError `not_found` */
  reset(id: string, actor: string): Promise<Invite>;
  /** How a person stands whom containment would keep out; undefined where there is none of the name. */
  standingOf(name: string): Standing | undefined;
  /** Signs a user out everywhere. @throws AncileError `not_found` */
  endSessions(id: string, actor: string): Promise<void>;
  /** Returns the function that unsubscribes. */
  onSessionEnded(listener: (ended: EndedSession) => void): () => void;
  /**
   * Where no admin can sign in: a link for one, good for an hour, until there is an admin, and for this process alone.
   * A second call voids the first link.
   */
  firstInvite: Invites['first'];
  /** Writes what is counted and stops the timer. Sessions go on with the next start. */
  close(): Promise<void>;
}

/** Opens the users and sessions of a data folder. @throws AncileError `store_fault` */
export async function createPeople(options: PeopleOptions): Promise<People> {
  const { store, keys, append, settings, clock = systemClock, onFault = () => undefined, passwordCost } = options;
  const { restraints = createRestraints({ clock }) } = options;
  const listeners = new Set<(ended: EndedSession) => void>();
  const directory = await openDirectory(store);
  const sessions = await openSessionBook(store, clock, settings, onEnd, onFault);
  const log = createSignInLog(append, clock, onFault);
  const parts: PeopleParts = {
    clock,
    keys,
    directory,
    sessions,
    log,
    restraints,
    append,
    hasher: createPasswordHasher(passwordCost),
    lockOut: createLockOut(clock),
    seal: createSecretSeal(keys.captureKey),
    recordChange: createRecordChange(append),
  };
  const invites = createInvites(parts);
  const factors = createSecondFactors(parts);
  const timer = setInterval(() => void sessions.sweep().catch(onFault), SWEEP_MS).unref();

  function onEnd({ id, user }: { readonly id: string; readonly user: string }, why: SessionEnd): void {
    // One listener's fault must not keep the others from cutting their views.
    for (const listener of listeners) {
      try {
        listener({ id, user, why });
      } catch (fault) {
        onFault(fault);
      }
    }
    const actor = directory.find(user)?.name ?? user;
    append({ kind: 'session', state: 'ended', actor, reason: why }).catch(onFault);
  }

  function keepOut(user: UserRecord): number {
    const held = sessions.of(user.id);
    // Ended here at once; what the store makes of it is found again by the sweep.
    void sessions.end(held, 'contained').catch(onFault);
    return held.length;
  }
  // Those whom an earlier process kept out when it ended.
  for (const user of directory.list()) if (isKeptOut(restraints, user.name)) keepOut(user);
  const unsubscribe = restraints.onPut((restraint) =>
    directory.list().reduce((sum, user) => sum + (keepsOut(restraint, user.name) ? keepOut(user) : 0), 0),
  );

  return {
    list: () => directory.list().map((user) => toUser(user, parts.lockOut.lockedUntil(foldName(user.name)))),
    invite: (request, actor) => invites.invite(request, actor),
    readInvite: (token) => invites.read(token),
    acceptInvite: (acceptance) => invites.accept(acceptance),
    signIn: (attempt) => signIn(parts, attempt),
    authenticate(token) {
      const held = sessions.find(token);
      const user = held === undefined ? undefined : directory.find(held.user);
      if (held === undefined || user === undefined || user.disabled) return undefined;
      if (isKeptOut(restraints, user.name)) {
        keepOut(user);
        return undefined;
      }
      const session = toSession(parts, held, token, user);
      return { id: held.id, session, user: session.user };
    },
    async signOut(token) {
      const held = sessions.find(token);
      if (held !== undefined) await sessions.end([held], 'signed_out');
    },
    changePassword: (token, passwords) => changePassword(parts, token, passwords),
    beginTotp: (token, password) => factors.begin(token, password),
    confirmTotp: (token, code) => factors.confirm(token, code),
    removeTotp: (token, password) => factors.remove(token, password),
    update: (id, change, actor) => updateUser(parts, id, change, actor),
    standingOf(name) {
      const user = directory.named(name);
      if (user === undefined) return undefined;
      const isOther = (each: UserRecord): boolean =>
        each.id !== user.id && isActiveAdmin(each) && !isKeptOut(restraints, each.name);
      const isLastAdmin = isActiveAdmin(user) && !directory.list().some(isOther);
      return { name: user.name, sessions: sessions.of(user.id).length, isLastAdmin };
    },
    reset: (id, actor) => resetUser(parts, invites, id, actor),
    async endSessions(id, actor) {
      const user = directory.get(id);
      await endSessionsOf(parts, user, 'signed_out');
      await append({
        kind: 'admin.change',
        action: 'user.update',
        actor,
        target: user.name,
        outcome: 'done',
        detail: 'signed out',
      });
    },
    onSessionEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    firstInvite: () => invites.first(),
    async close() {
      clearInterval(timer);
      unsubscribe();
      await log.flush();
    },
  };
}
