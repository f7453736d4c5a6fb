// A user as he is kept: what is shown of him, and what proves that he is who he says.
import { ROLE_PERMISSIONS, type Permission, type Role, type User } from '../../contract/index.ts';

/** Never changed in place: a change makes a new one. */
export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly created: string;
  readonly lastSignIn?: string | undefined;
  readonly disabled: boolean;
  /** Hash with its parameters. */
  readonly password?: string | undefined;
  readonly invite?: { readonly digest: string; readonly expires: string } | undefined;
  /** The secret, sealed, and the last step whose code was accepted. */
  readonly totp?: { readonly sealed: string; readonly step: number } | undefined;
}

/** The form of a name that no two users may share: `Ａnna`, `ANNA` and `anna` are one. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** All that the roles permit, each once. */
export function permissionsOf(roles: readonly Role[]): Permission[] {
  return [...new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role]))];
}

/** An admin who can sign in now. */
export function isActiveAdmin({ roles, disabled, password }: UserRecord): boolean {
  return roles.includes('admin') && !disabled && password !== undefined;
}

/** What others are shown. @param lockedUntil - milliseconds since the epoch */
export function toUser(record: UserRecord, lockedUntil?: number): User {
  const { id, name, roles, created, disabled, password, totp, lastSignIn } = record;
  return {
    id,
    name,
    roles: [...roles],
    created,
    invited: password === undefined,
    disabled,
    totp: totp !== undefined,
    ...(lockedUntil === undefined ? {} : { lockedUntil: new Date(lockedUntil).toISOString() }),
    ...(lastSignIn === undefined ? {} : { lastSignIn }),
  };
}
