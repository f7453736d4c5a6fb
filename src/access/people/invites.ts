// One-time links by which a person chooses a password: made by an admin, or by the first start for the first admin.
import { AncileError, newId } from '../../base/index.ts';
import type { Invite, UserRequest } from '../../contract/index.ts';
import { tokenDigest } from '../key-token.ts';
import { grantSession } from './grant.ts';
import { type PeopleParts, type SessionGrant, endSessionsOf } from './parts.ts';
import { checkPassword } from './password-rules.ts';
import { placeOf } from './place.ts';
import { createSecretToken } from './secret-token.ts';
import { isKeptOut } from './signed-out.ts';
import { toUser, type UserRecord } from './user-record.ts';

const HOUR = 3_600_000;
const VALID_MS = 72 * HOUR;
/** It lies in the terminal, or the log, of whoever starts the server. */
const FIRST_VALID_MS = HOUR;
const FIRST_NAME = 'admin';
const FIRST_ACTOR = 'first start';

export interface FirstInvite {
  readonly name: string;
  readonly token: string;
  readonly expires: string;
}

export interface Acceptance {
  readonly token: string;
  readonly password: string;
  /** Network address of the client. */
  readonly from: string;
}

export interface Invites {
  invite(request: UserRequest, actor: string): Promise<Invite>;
  /** A link for a user that there is; the one before it is void. `next` is he without one. */
  renew(next: UserRecord): { readonly next: UserRecord; readonly token: string; readonly expires: string };
  read(token: string): { readonly name: string; readonly expires: string };
  accept(acceptance: Acceptance): Promise<SessionGrant>;
  first(): Promise<FirstInvite | undefined>;
}

function unknownLink(): AncileError {
  return new AncileError('not_found', 'the link is not valid: it was used, replaced, or is out of date', {
    at: 'token',
    hint: 'Ask an admin for a new one; where there is none yet, start the server again.',
  });
}

export function createInvites(parts: PeopleParts): Invites {
  const { clock, directory, hasher, recordChange } = parts;
  /** Of this start, and gone with it: nothing of it is stored, and it is void once there is an admin. */
  let first: { readonly digest: string; readonly expires: string } | undefined;

  const isOver = (expires: string): boolean => Date.parse(expires) <= clock();
  const mayJoin = ({ disabled, name }: UserRecord): boolean => !disabled && !isKeptOut(parts.restraints, name);
  const timeFromNow = (ms: number): string => new Date(clock() + ms).toISOString();
  const newUser = ({ name, roles }: UserRequest): UserRecord => ({
    id: newId('user', clock()),
    name: name.normalize('NFC'),
    roles: [...new Set(roles)],
    created: timeFromNow(0),
    disabled: false,
  });

  function freeName(): string {
    for (let n = 1; ; n++) {
      const name = n === 1 ? FIRST_NAME : `${FIRST_NAME}${n}`;
      if (directory.named(name) === undefined) return name;
    }
  }

  /** Whom a link is for: a user that there is, or the first admin, who is made when he accepts. */
  function holder(token: string): { readonly user: UserRecord; readonly expires: string } {
    const digest = tokenDigest(token);
    const user = directory.list().find((each) => each.invite?.digest === digest);
    if (user?.invite !== undefined && mayJoin(user) && !isOver(user.invite.expires)) {
      return { user, expires: user.invite.expires };
    }
    if (first?.digest === digest && !isOver(first.expires) && !directory.hasAdmin()) {
      return { user: newUser({ name: freeName(), roles: ['admin'] }), expires: first.expires };
    }
    throw unknownLink();
  }

  const renew: Invites['renew'] = (user) => {
    const token = createSecretToken();
    const expires = timeFromNow(VALID_MS);
    return { token, expires, next: { ...user, invite: { digest: tokenDigest(token), expires } } };
  };

  return {
    renew,
    invite: (request, actor) =>
      directory.exclusive(async () => {
        const { next, token, expires } = renew(newUser(request));
        if (directory.named(next.name) !== undefined) {
          throw new AncileError('conflict', 'a user of this name exists already', {
            at: 'name',
            hint: 'Choose another name; or for a new link: ancile user reset NAME.',
          });
        }
        const change = { action: 'user.invite', actor, target: next.name, detail: next.roles.join(', ') } as const;
        await recordChange(change, () => directory.save(next));
        return { user: toUser(next), token, expires };
      }),
    read(token) {
      const { user, expires } = holder(token);
      return { name: user.name, expires };
    },
    async accept({ token, password, from }) {
      const { name } = holder(token).user;
      checkPassword(password, name, 'password');
      const hash = await hasher.hash({ name: placeOf(from), known: true }, password);
      return directory.exclusive(async () => {
        // It may have been used or replaced while the password was hashed.
        const { user } = holder(token);
        const time = timeFromNow(0);
        const next: UserRecord = { ...user, password: hash, invite: undefined, lastSignIn: time };
        const change = {
          action: 'user.join',
          actor: user.name,
          target: user.name,
          detail: user.roles.join(', '),
        } as const;
        await recordChange(change, () => directory.save(next));
        first = undefined;
        const grant = await grantSession(parts, next, 'invite');
        // Since his link was looked at.
        if (!mayJoin(next)) {
          await endSessionsOf(parts, next, 'contained');
          throw unknownLink();
        }
        return grant;
      });
    },
    async first() {
      if (directory.hasAdmin()) return undefined;
      const token = createSecretToken();
      const expires = timeFromNow(FIRST_VALID_MS);
      const name = freeName();
      const change = { action: 'user.invite', actor: FIRST_ACTOR, target: name, detail: 'admin' } as const;
      return recordChange(change, async () => {
        first = { digest: tokenDigest(token), expires };
        return { name, token, expires };
      });
    },
  };
}
