// A session as its holder sees it, and its beginning.
import type { Session } from '../../contract/index.ts';
import { createDeviceToken } from './device-token.ts';
import type { PeopleParts, SessionGrant } from './parts.ts';
import { csrfToken } from './secret-token.ts';
import type { HeldSession } from './session-book.ts';
import { permissionsOf, toUser, type UserRecord } from './user-record.ts';

export function toSession(
  { sessions }: Pick<PeopleParts, 'sessions'>,
  held: HeldSession,
  token: string,
  user: UserRecord,
): Session {
  const { idleUntil, until } = sessions.ends(held);
  return {
    user: toUser(user),
    permissions: permissionsOf(user.roles),
    csrf: csrfToken(token),
    idleUntil: new Date(idleUntil).toISOString(),
    until: new Date(until).toISOString(),
  };
}

/**
 * Begins a session, once its record is durable.
 * @param how - what proved who it is: `password`, `totp`, `recovery_code`, `invite`
 */
export async function grantSession(parts: PeopleParts, user: UserRecord, how: string): Promise<SessionGrant> {
  await parts.append({ kind: 'session', state: 'begun', actor: user.name, reason: how });
  const { token, held } = await parts.sessions.begin(user.id);
  return { token, device: createDeviceToken(parts, user), session: toSession(parts, held, token, user) };
}
