// What an admin changes about others.
import type { Invite, Role, User } from '../../contract/index.ts';
import type { Invites } from './invites.ts';
import { endSessionsOf, type PeopleParts } from './parts.ts';
import { foldName, toUser, type UserRecord } from './user-record.ts';

export interface UserChange {
  readonly roles?: readonly Role[] | undefined;
  readonly disabled?: boolean | undefined;
}

function describe(before: UserRecord, { roles, disabled }: UserChange): string {
  const parts: string[] = [];
  if (roles !== undefined) parts.push(`roles: ${before.roles.join(', ')} -> ${roles.join(', ')}`);
  if (disabled !== undefined) parts.push(disabled ? 'disabled' : 'enabled');
  return parts.join('; ');
}

/**
 * Changes roles, disables or enables. Ends the user's sessions; enabling lifts a lock-out as well.
 * @throws AncileError `not_found`, `conflict` where no admin would be left
 */
export function updateUser(parts: PeopleParts, id: string, asked: UserChange, actor: string): Promise<User> {
  const { directory, lockOut, recordChange } = parts;
  return directory.exclusive(async () => {
    const user = directory.get(id);
    const roles = asked.roles === undefined ? undefined : [...new Set(asked.roles)];
    const next: UserRecord = { ...user, roles: roles ?? user.roles, disabled: asked.disabled ?? user.disabled };
    directory.keepAdmin(next);
    const name = foldName(user.name);
    // Lifting a lock alone signs nobody out.
    if (next.disabled || roles !== undefined) await endSessionsOf(parts, user, next.disabled ? 'disabled' : 'roles');
    const detail = describe(user, { roles, disabled: asked.disabled });
    await recordChange({ action: 'user.update', actor, target: user.name, detail }, () => directory.save(next));
    if (asked.disabled === false) lockOut.unlock(name);
    return toUser(next, lockOut.lockedUntil(name));
  });
}

/**
 * Voids password, second factor, lock and sessions, and makes a new one-time link: for who lost his password. Also of
 * the last admin, by whom else it cannot be done.
 */
export function resetUser(parts: PeopleParts, invites: Invites, id: string, actor: string): Promise<Invite> {
  const { directory, lockOut, recordChange } = parts;
  return directory.exclusive(async () => {
    const user = directory.get(id);
    const bare: UserRecord = { ...user, password: undefined, totp: undefined };
    const { next, token, expires } = invites.renew(bare);
    await endSessionsOf(parts, user, 'reset');
    await recordChange({ action: 'user.reset', actor, target: user.name }, () => directory.save(next, []));
    lockOut.unlock(foldName(user.name));
    return { user: toUser(next), token, expires };
  });
}
