// Users and their recovery codes over the tables of the store.
import { z } from 'zod';
import { parseJson } from '../../codec/index.ts';
import { Role } from '../../contract/index.ts';
import { type Store, type UserRow, inStore } from '../../store/index.ts';
import { foldName, type UserRecord } from './user-record.ts';

const Roles = z.array(Role);

function toRow(user: UserRecord): UserRow {
  return {
    id: user.id,
    name: user.name,
    folded: foldName(user.name),
    roles: JSON.stringify(user.roles),
    created: user.created,
    last_sign_in: user.lastSignIn ?? null,
    disabled: user.disabled ? 1 : 0,
    password: user.password ?? null,
    invite: user.invite?.digest ?? null,
    invite_expires: user.invite?.expires ?? null,
    totp: user.totp?.sealed ?? null,
    totp_step: user.totp?.step ?? 0,
  };
}

function fromRow(row: UserRow): UserRecord {
  return {
    id: row.id,
    name: row.name,
    roles: Roles.parse(parseJson(row.roles, { what: 'a user of the store', code: 'store_fault' })),
    created: row.created,
    lastSignIn: row.last_sign_in ?? undefined,
    disabled: row.disabled !== 0,
    password: row.password ?? undefined,
    invite:
      row.invite === null || row.invite_expires === null
        ? undefined
        : { digest: row.invite, expires: row.invite_expires },
    totp: row.totp === null ? undefined : { sealed: row.totp, step: row.totp_step },
  };
}

/** All methods throw AncileError `store_fault`. */
export interface UserRows {
  load(): Promise<UserRecord[]>;
  /** Writes a user; with `codes` (digests) they take the place of those there are. */
  save(user: UserRecord, codes?: readonly string[]): Promise<void>;
  /** Takes a recovery code away; whether it was there. */
  useCode(user: string, digest: string): Promise<boolean>;
}

export function createUserRows({ db }: Store): UserRows {
  return {
    load: () =>
      inStore('reading the users', async () => {
        const rows = await db.selectFrom('users').selectAll().orderBy('created').orderBy('id').execute();
        return rows.map(fromRow);
      }),
    save: (user, codes) =>
      inStore('writing a user', () =>
        db.transaction().execute(async (transaction) => {
          const row = toRow(user);
          await transaction
            .insertInto('users')
            .values(row)
            .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
            .execute();
          if (codes === undefined) return;
          await transaction.deleteFrom('recovery_codes').where('user', '=', user.id).execute();
          if (codes.length === 0) return;
          await transaction
            .insertInto('recovery_codes')
            .values(codes.map((digest) => ({ user: user.id, digest })))
            .execute();
        }),
      ),
    useCode: (user, digest) =>
      inStore('using a recovery code', async () => {
        const result = await db
          .deleteFrom('recovery_codes')
          .where('user', '=', user)
          .where('digest', '=', digest)
          .executeTakeFirst();
        return Number(result.numDeletedRows) === 1;
      }),
  };
}
