// The users there are: read once, held in memory, written before a change counts, one change at a time.
import { AncileError } from '../../base/index.ts';
import type { Store } from '../../store/index.ts';
import { createUserRows } from './user-rows.ts';
import { foldName, isActiveAdmin, type UserRecord } from './user-record.ts';

export interface Directory {
  /** In the order they were made. */
  list(): readonly UserRecord[];
  /** @throws AncileError `not_found` */
  get(id: string): UserRecord;
  find(id: string): UserRecord | undefined;
  /** By name, however it is written. */
  named(name: string): UserRecord | undefined;
  hasAdmin(): boolean;
  /**
   * Whether an admin is left who can sign in once a user is as `next`, where there is one now.
   * @throws AncileError `conflict`
   */
  keepAdmin(next: UserRecord): void;
  /** Writes a user, new or changed. Only within `exclusive`. @throws AncileError `conflict`, `store_fault` */
  save(user: UserRecord, recoveryCodes?: readonly string[]): Promise<void>;
  /** Takes a recovery code away; whether it was there. */
  useCode(user: string, digest: string): Promise<boolean>;
  /** Runs alone, so that what was read is still so when it is written. Never within itself. */
  exclusive<T>(run: () => Promise<T>): Promise<T>;
}

export async function openDirectory(store: Store): Promise<Directory> {
  const rows = createUserRows(store);
  const byId = new Map((await rows.load()).map((user) => [user.id, user]));
  const byName = new Map([...byId.values()].map((user) => [foldName(user.name), user.id]));
  let last: Promise<unknown> = Promise.resolve();

  const list = (): UserRecord[] => [...byId.values()];
  const hasAdmin = (): boolean => list().some(isActiveAdmin);
  return {
    list,
    get(id) {
      const user = byId.get(id);
      if (user === undefined) throw new AncileError('not_found', 'there is no such user', { at: 'id' });
      return user;
    },
    find: (id) => byId.get(id),
    named: (name) => byId.get(byName.get(foldName(name)) ?? ''),
    hasAdmin,
    keepAdmin(next) {
      if (isActiveAdmin(next) || !hasAdmin()) return;
      if (list().some((user) => user.id !== next.id && isActiveAdmin(user))) return;
      throw new AncileError('conflict', 'this is the last admin who can sign in', {
        at: 'id',
        hint: 'Invite another admin first, and wait until he has signed in.',
      });
    },
    async save(user, codes) {
      const holder = byName.get(foldName(user.name));
      if (holder !== undefined && holder !== user.id) {
        throw new AncileError('conflict', 'a user of this name exists already', { at: 'name' });
      }
      await rows.save(user, codes);
      byId.set(user.id, user);
      byName.set(foldName(user.name), user.id);
    },
    useCode: (user, digest) => rows.useCode(user, digest),
    exclusive(run) {
      const turn = last.then(run);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
