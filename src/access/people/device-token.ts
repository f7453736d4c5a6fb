// A browser that a user signed in with before, by a token of its own (OWASP: device cookies): its tries are counted apart,
// so that nobody else's, from the same address or from everywhere, lock it out. It proves nothing else.
import { randomBytes } from 'node:crypto';
import { equalSecrets } from '../../keys/index.ts';
import type { PeopleParts } from './parts.ts';
import type { UserRecord } from './user-record.ts';

/** Valid for, milliseconds. Each sign-in makes a new one. */
const VALID_MS = 90 * 24 * 3_600_000;
const FORM = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,10})\.([0-9a-f]{64})$/;

type Parts = Pick<PeopleParts, 'clock' | 'keys'>;

/** Over the password's hash as well: with another password the device is a stranger's again. */
function sign({ keys }: Parts, { id, password }: UserRecord, name: string, time: string): string {
  return keys.keyedDigest(`ancile device v1\n${id}\n${password}\n${name}\n${time}`);
}

export function createDeviceToken(parts: Parts, user: UserRecord): string {
  const name = randomBytes(16).toString('base64url');
  const time = parts.clock().toString(36);
  return `${name}.${time}.${sign(parts, user, name, time)}`;
}

/** The name of the device whose token it is; undefined where it is none of this user's. */
export function readDeviceToken(parts: Parts, user: UserRecord, token: string | undefined): string | undefined {
  const [, name, time, signature] = FORM.exec(token ?? '') ?? [];
  if (name === undefined || time === undefined || signature === undefined) return undefined;
  if (!equalSecrets(signature, sign(parts, user, name, time))) return undefined;
  return parts.clock() - parseInt(time, 36) < VALID_MS ? name : undefined;
}
