// People over a real store and real keys in a folder of their own, with a clock that the test turns.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { afterEach } from 'vitest';
import type { Config, RecordBody, Role } from '../../../contract/index.ts';
import { openKeys } from '../../../keys/index.ts';
import { openStore, type Store } from '../../../store/index.ts';
import type { PasswordCost } from '../password-hash.ts';
import { createPeople, type People } from '../people.ts';

export const START = Date.parse('2026-03-01T09:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const PASSWORD = 'plum kettle 9 orbit';
/** Real scrypt, at a cost that lets a test try hundreds of passwords. */
export const LOW_COST: PasswordCost = { ln: 4, r: 8, p: 1 };

export interface House {
  people: People;
  store: Store;
  readonly time: { now: number };
  readonly settings: Config['console'];
  readonly records: RecordBody[];
  readonly faults: unknown[];
  /** Makes the ledger refuse. */
  broken: boolean;
  /** Ends the process, as it were, and starts it again. */
  restart(cost?: PasswordCost): Promise<void>;
  /** A user who chose `PASSWORD`. */
  join(name: string, ...roles: Role[]): Promise<{ id: string; token: string; device: string }>;
  signIn(
    name: string,
    more?: { password?: string; code?: string; from?: string; device?: string },
  ): ReturnType<People['signIn']>;
  /** How often sign-in fails with each code. */
  tries(
    count: number,
    name: string,
    more?: { password?: string; code?: string; from?: string; device?: string },
  ): Promise<string[]>;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** What an authenticator shows. */
export function codeOf(secret: string, now: number): string {
  return new TOTP({ secret }).generate({ timestamp: now });
}

export async function openHouse(): Promise<House> {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-people-'));
  const keys = openKeys(dir);
  const time = { now: START };
  const settings: Config['console'] = { enabled: true, sessionIdle: 30 * MINUTE, sessionMax: 12 * HOUR };
  const records: RecordBody[] = [];
  const faults: unknown[] = [];

  const start = async (cost: PasswordCost): Promise<{ people: People; store: Store }> => {
    const store = await openStore({ path: join(dir, 'store.db') });
    const people = await createPeople({
      store,
      keys,
      append: async (body) => {
        if (house.broken) throw new Error('the disk is full');
        records.push(body);
      },
      settings: () => settings,
      clock: () => time.now,
      onFault: (fault) => faults.push(fault),
      passwordCost: cost,
    });
    return { people, store };
  };

  const house: House = {
    ...({} as { people: People; store: Store }),
    time,
    settings,
    records,
    faults,
    broken: false,
    async restart(cost = LOW_COST) {
      await house.people.close();
      await house.store.close();
      Object.assign(house, await start(cost));
    },
    async join(name, ...roles) {
      const { user, token } = await house.people.invite(
        { name, roles: roles.length === 0 ? ['auditor'] : roles },
        'owner',
      );
      const grant = await house.people.acceptInvite({ token, password: PASSWORD, from: '192.0.2.1' });
      return { id: user.id, token: grant.token, device: grant.device };
    },
    signIn: (name, more = {}) => house.people.signIn({ name, password: PASSWORD, from: '192.0.2.1', ...more }),
    async tries(count, name, more) {
      const codes: string[] = [];
      for (let i = 0; i < count; i++) {
        codes.push(
          await house.signIn(name, more).then(
            () => 'signed in',
            (error: { code: string }) => error.code,
          ),
        );
      }
      return codes;
    },
  };
  Object.assign(house, await start(LOW_COST));
  open.push(async () => {
    await house.people.close().catch(() => undefined);
    await house.store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return house;
}
