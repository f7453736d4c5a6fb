// Where keys are kept: a port, and the implementation in memory for the library and for tests.
import { AncileError } from '../base/index.ts';
import type { KeyInfo } from '../contract/index.ts';

/** A key as it is kept: what can be shown, and the digest it is known by. */
export interface StoredKey {
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly info: KeyInfo;
}

export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  /** @throws AncileError `conflict` where id or hash is taken. */
  insert(key: StoredKey): Promise<void>;
  /** Writes the time (ISO 8601) of the revocation; of several the last counts. @throws AncileError `not_found`. */
  markRevoked(id: string, time: string): Promise<void>;
  /** Takes the time of a revocation away. */
  unmarkRevoked(id: string): Promise<void>;
}

export function unknownKey(id: string): AncileError {
  return new AncileError('not_found', 'there is no such key', { at: id, hint: 'List the keys to see their ids.' });
}

export function takenKey(id: string): AncileError {
  return new AncileError('conflict', 'a key of this id or digest exists already', { at: id });
}

/** Keys that live as long as the process. */
export function createMemoryKeyStore(): KeyStore {
  const keys = new Map<string, StoredKey>();
  return {
    list: async () => [...keys.values()],
    async insert(key) {
      const taken = [...keys.values()].some((other) => other.hash === key.hash || other.info.id === key.info.id);
      if (taken) throw takenKey(key.info.id);
      keys.set(key.info.id, structuredClone(key));
    },
    async markRevoked(id, time) {
      const key = keys.get(id);
      if (key === undefined) throw unknownKey(id);
      keys.set(id, { ...key, info: { ...key.info, revoked: time } });
    },
    async unmarkRevoked(id) {
      const key = keys.get(id);
      if (key === undefined) return;
      const { revoked: _, ...info } = key.info;
      keys.set(id, { ...key, info });
    },
  };
}
