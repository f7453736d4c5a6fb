// Signing in: lock, password, second factor, session, in this order, and telling an outsider nothing but yes or no.
import { AncileError } from '../../base/index.ts';
import { readDeviceToken } from './device-token.ts';
import { grantSession } from './grant.ts';
import type { Try } from './lock-out.ts';
import { type PeopleParts, type SessionGrant, endSessionsOf } from './parts.ts';
import { placeOf } from './place.ts';
import { checkSecondFactor } from './second-factor.ts';
import { isKeptOut } from './signed-out.ts';
import { foldName, type UserRecord } from './user-record.ts';

export interface SignIn {
  readonly name: string;
  readonly password: string;
  /** Six digits, or a recovery code. */
  readonly code?: string | undefined;
  /** Network address of the client. */
  readonly from: string;
  /** The `device` of an earlier grant, where the browser has one. */
  readonly device?: string | undefined;
}

type Reason = 'wrong_password' | 'wrong_code' | 'contained';

const MESSAGES: Readonly<Record<Reason, string>> = {
  wrong_password: 'name or password is wrong',
  wrong_code: 'the code is wrong, or was used already',
  // Whoever has his password need not know that it is the right one.
  contained: 'name or password is wrong',
};

/**
 * @throws AncileError `locked_out`, `unauthenticated`, `second_factor_required` (the password was right),
 *   `overloaded`, `ledger_fault`, `store_fault`
 */
export async function signIn(parts: PeopleParts, attempted: SignIn): Promise<SessionGrant> {
  const { clock, directory, hasher, lockOut, log, restraints } = parts;
  const { name, password, code } = attempted;
  const known = directory.named(name);
  const from = placeOf(attempted.from);
  const device = known === undefined ? undefined : readDeviceToken(parts, known, attempted.device);
  const place = device === undefined ? from : `device ${device}`;
  const asker = { name: place, known: device !== undefined };

  let attempt: Try;
  try {
    attempt = lockOut.begin(foldName(name), { isUser: known !== undefined, place, trusted: device !== undefined });
  } catch (thrown) {
    log.note('refused', known?.name, 'locked_out');
    throw thrown;
  }
  /** Counts the try as wrong. */
  const refuse = (reason: Reason): AncileError => {
    log.note('refused', known?.name, reason);
    // Who is kept out is not locked out besides: he signs in anew when he is let in again.
    if (reason !== 'contained' && attempt.fail()) log.note('locked', known?.name, reason);
    return new AncileError('unauthenticated', MESSAGES[reason], { at: reason === 'wrong_code' ? 'code' : 'password' });
  };

  let renewed: string | undefined;
  try {
    const isOut = (): boolean => known !== undefined && isKeptOut(restraints, known.name);
    // Who is disabled, kept out, or has no password yet takes as long as who is unknown.
    const stored = known?.disabled === true || isOut() ? undefined : known?.password;
    if (!(await hasher.verify(asker, password, stored)) || known === undefined || stored === undefined) {
      throw refuse(isOut() ? 'contained' : 'wrong_password');
    }
    if (hasher.isDated(stored)) renewed = await hasher.hash(asker, password);
    return await directory.exclusive(async () => {
      const user = directory.get(known.id);
      if (user.disabled) throw refuse('wrong_password');
      // Another sign-in may have renewed its hash, or its owner changed it, while it was looked at.
      if (user.password !== stored) {
        throw new AncileError('conflict', 'the user was changed at this moment', { hint: 'Sign in again.' });
      }
      const factor = await checkSecondFactor(parts, user, code);
      if (factor === 'wrong') throw refuse('wrong_code');
      if (factor === 'missing') {
        throw new AncileError('second_factor_required', 'a code of the second factor is needed', { at: 'code' });
      }
      const next: UserRecord = {
        ...user,
        password: renewed ?? stored,
        totp: factor.totp,
        lastSignIn: new Date(clock()).toISOString(),
      };
      // Before the session: a code is spent also where the rest fails.
      await directory.save(next);
      const grant = await grantSession(parts, next, factor.how);
      if (isOut()) {
        // Since he was let in.
        await endSessionsOf(parts, next, 'contained');
        throw refuse('contained');
      }
      attempt.succeed();
      return grant;
    });
  } finally {
    attempt.release();
  }
}
