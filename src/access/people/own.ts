// What a person does for himself, with a session and once more his password.
import { AncileError } from '../../base/index.ts';
import { endSessionsOf, type PeopleParts } from './parts.ts';
import { checkPassword } from './password-rules.ts';
import type { HeldSession } from './session-book.ts';
import { foldName, type UserRecord } from './user-record.ts';

/** Tries with a session are counted apart from those without: neither locks the other. */
const WITH_SESSION = 'session';

/** The session of a token and its user. @throws AncileError `unauthenticated` where it has ended */
export function requireSession(
  { directory, sessions }: PeopleParts,
  token: string,
): { readonly held: HeldSession; readonly user: UserRecord } {
  const held = sessions.find(token);
  const user = held === undefined ? undefined : directory.find(held.user);
  if (held !== undefined && user !== undefined && !user.disabled) return { held, user };
  throw new AncileError('unauthenticated', 'the session has ended', { hint: 'Sign in again.' });
}

/**
 * Asks for the password of someone who is signed in: an unwatched screen is not enough.
 * @param at - the member of the input that it came in
 * @throws AncileError `request_invalid` where it is wrong, `locked_out`, `overloaded`
 */
export async function checkOwnPassword(
  { hasher, lockOut, log }: PeopleParts,
  user: UserRecord,
  password: string,
  at: string,
): Promise<void> {
  const attempt = lockOut.begin(foldName(user.name), { isUser: true, place: WITH_SESSION, trusted: true });
  try {
    if (await hasher.verify({ name: user.id, known: true }, password, user.password)) {
      attempt.succeed();
      return;
    }
    log.note('refused', user.name, 'wrong_password');
    if (attempt.fail()) log.note('locked', user.name, 'wrong_password');
    throw new AncileError('request_invalid', 'the password is wrong', { at });
  } finally {
    attempt.release();
  }
}

/** Changes the own password and ends all other sessions of the user. */
export async function changePassword(
  parts: PeopleParts,
  token: string,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  const { directory, hasher, recordChange } = parts;
  const before = requireSession(parts, token).user;
  await checkOwnPassword(parts, before, current, 'current');
  checkPassword(next, before.name, 'next');
  if (next.normalize('NFKC') === current.normalize('NFKC')) {
    throw new AncileError('request_invalid', 'the new password is the old one', { at: 'next' });
  }
  const password = await hasher.hash({ name: before.id, known: true }, next);
  await directory.exclusive(async () => {
    const { held, user } = requireSession(parts, token);
    if (user.password !== before.password) throw new AncileError('conflict', 'the password was changed meanwhile');
    await endSessionsOf(parts, user, 'password', held);
    const change = { action: 'user.password', actor: user.name, target: user.name } as const;
    await recordChange(change, () => directory.save({ ...user, password }));
  });
}
