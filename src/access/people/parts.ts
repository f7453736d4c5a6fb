// What the operations on people share.
import type { Clock } from '../../base/index.ts';
import type { RecordBody, Session } from '../../contract/index.ts';
import type { Keys } from '../../keys/index.ts';
import type { Directory } from './directory.ts';
import type { LockOut } from './lock-out.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { RecordChange } from './record-change.ts';
import type { SecretSeal } from './sealed-secret.ts';
import type { HeldSession, SessionBook, SessionEnd } from './session-book.ts';
import type { SignInLog } from './sign-in-log.ts';
import type { Restraints } from '../restraints.ts';
import type { UserRecord } from './user-record.ts';

/** What a sign-in gives: the session as its holder sees it, and what goes into his cookies. */
export interface SessionGrant {
  readonly session: Session;
  readonly token: string;
  /** Shown again with the next sign-in from this browser, it keeps strangers' wrong tries from locking it out. */
  readonly device: string;
}

export interface PeopleParts {
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'keyedDigest'>;
  readonly directory: Directory;
  readonly sessions: SessionBook;
  readonly hasher: PasswordHasher;
  readonly lockOut: LockOut;
  readonly log: SignInLog;
  /** What is contained: people may be kept out. */
  readonly restraints: Restraints;
  readonly seal: SecretSeal;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly recordChange: RecordChange;
}

/** Ends a user's sessions, but for one where it is named. */
export async function endSessionsOf(
  { sessions }: Pick<PeopleParts, 'sessions'>,
  user: UserRecord,
  why: SessionEnd,
  except?: HeldSession,
): Promise<void> {
  await sessions.end(
    sessions.of(user.id).filter((session) => session.id !== except?.id),
    why,
  );
}
