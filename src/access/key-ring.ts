// The keys in force: who a caller is, what he may use, and the word that goes out when a key ends.
import { AncileError, newId, systemClock, toAncileError, type Clock } from '../base/index.ts';
import { KeyRequest, type KeyInfo, type Principal } from '../contract/index.ts';
import type { z } from 'zod';
import { unknownKey, type KeyStore } from './key-store.ts';
import { mayUse } from './pattern.ts';
import { createToken, isToken, tokenDigest } from './key-token.ts';

/** A key in use: what can be shown of it, and who it makes of its bearer. */
export interface AccessKey extends KeyInfo {
  readonly principal: Principal;
}

function toAccessKey(info: KeyInfo): AccessKey {
  const { id, kind, name, tenant } = info;
  return Object.freeze({ ...info, principal: Object.freeze({ id, kind, name, tenant }) });
}

/** Clients are told all but `missing` and `frozen` in one and the same sentence; the reason is for the record. */
export type Authentication =
  | { readonly ok: true; readonly key: AccessKey }
  | { readonly ok: false; readonly reason: 'missing' | 'malformed' | 'unknown' | 'revoked' | 'expired' | 'frozen' };

/** A key that worked until now does no longer: what runs on it is to be cut. @returns how much that was */
export type KeyEndListener = (keyId: string, reason: 'revoked' | 'expired') => number;

export interface KeyRing {
  /**
   * The key itself is in this answer and nowhere else, ever.
   * @param before - awaited before the key is kept anywhere or works: for the record of it; what it throws undoes it all
   * @throws AncileError `request_invalid`, `store_fault`
   */
  create(
    request: z.input<typeof KeyRequest>,
    before?: (info: KeyInfo) => Promise<unknown>,
  ): Promise<{ readonly key: string; readonly info: KeyInfo }>;
  authenticate(token: string | undefined): Authentication;
  /** Whether a key is neither revoked nor expired nor frozen now. */
  isActive(id: string): boolean;
  /** All keys, oldest first; the ended ones too. */
  list(): KeyInfo[];
  /** Takes effect before it returns, even where the store then fails. @throws AncileError `not_found`, `store_fault`. */
  revoke(id: string): Promise<KeyInfo>;
  /**
   * As `revoke`, for whoever reports what came of it: it has taken effect when this returns.
   * @returns how much under way was cut, and a promise that settles when it would survive a restart
   * @throws AncileError `not_found`
   */
  end(id: string): { readonly cut: number; readonly kept: Promise<KeyInfo> };
  /** Undoes a revocation. @throws AncileError `not_found`, `store_fault` */
  reinstate(id: string): Promise<KeyInfo>;
  /** Whether a key's scope covers a route (the key of `models`). */
  mayUse(key: KeyInfo, route: string): boolean;
  /** Returns the function that unsubscribes. */
  onRevoked(listener: KeyEndListener): () => void;
  /** Tells the listeners of keys that expired since last time. A timer calls it; calling it early does no harm. */
  sweep(): void;
  /** Stops the timer. */
  close(): void;
}

interface Held {
  info: KeyInfo;
  readonly key: AccessKey;
  ended: boolean;
}

/** The longest that a Node timer can wait. */
const MAX_DELAY = 2 ** 31 - 1;

function parseRequest(request: z.input<typeof KeyRequest>, now: number): KeyRequest {
  const parsed = KeyRequest.safeParse(request);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new AncileError('request_invalid', issue.message, { at: issue.path.map(String).join('.') });
  }
  const { expires, budgets } = parsed.data;
  if (expires !== undefined && Date.parse(expires) <= now) {
    throw new AncileError('request_invalid', 'the key would have expired already', { at: 'expires' });
  }
  if (new Set(budgets.map((budget) => budget.period)).size !== budgets.length) {
    const hint = 'Write one budget for each period, with all its limits.';
    throw new AncileError('request_invalid', 'two budgets have the same period', { at: 'budgets', hint });
  }
  return parsed.data;
}

/** Reads all keys of the store and holds them by digest. */
export async function createKeyRing(options: {
  readonly store: KeyStore;
  readonly clock?: Clock;
  /** Asked for each key that works otherwise. */
  readonly isFrozen?: (principal: Principal) => boolean;
}): Promise<KeyRing> {
  const { store, clock = systemClock, isFrozen = () => false } = options;
  const byDigest = new Map<string, Held>();
  const byId = new Map<string, Held>();
  const listeners = new Set<KeyEndListener>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const isExpired = ({ info }: Held): boolean => info.expires !== undefined && Date.parse(info.expires) <= clock();
  const hold = (hash: string, info: KeyInfo): void => {
    const held: Held = {
      info,
      key: toAccessKey(info),
      ended: info.revoked !== undefined,
    };
    held.ended ||= isExpired(held);
    byDigest.set(hash, held);
    byId.set(info.id, held);
  };
  /** @returns how much was cut, and the faults of listeners */
  const end = (held: Held, reason: 'revoked' | 'expired'): { readonly cut: number; readonly faults: unknown[] } => {
    let cut = 0;
    if (held.ended) return { cut, faults: [] };
    held.ended = true;
    // One listener's fault must not keep the others from cutting their streams.
    const faults: unknown[] = [];
    for (const listener of listeners) {
      try {
        cut += listener(held.info.id, reason);
      } catch (thrown) {
        faults.push(thrown);
      }
    }
    return { cut, faults };
  };
  const revokeNow = (id: string): ReturnType<KeyRing['end']> => {
    const held = byId.get(id);
    if (held === undefined) throw unknownKey(id);
    // Also where it is revoked already: who revokes it now decides anew, and what undoes an earlier one leaves it so.
    held.info = { ...held.info, revoked: new Date(clock()).toISOString() };
    const { cut, faults } = end(held, 'revoked');
    // Also where it is revoked already: the first attempt may have failed to be written.
    const kept = store.markRevoked(id, held.info.revoked!).then(() => {
      if (faults.length > 0) throw toAncileError(faults[0]);
      return held.info;
    });
    // Whoever does not wait for it must not bring the process down.
    kept.catch(() => undefined);
    return { cut, kept };
  };
  const arm = (): void => {
    clearTimeout(timer);
    const next = [...byId.values()]
      .filter((held) => !held.ended && held.info.expires !== undefined)
      .reduce((soonest, held) => Math.min(soonest, Date.parse(held.info.expires!)), Infinity);
    if (closed || next === Infinity) return;
    timer = setTimeout(sweep, Math.min(Math.max(next - clock(), 1), MAX_DELAY));
    timer.unref();
  };
  const sweep = (): void => {
    const faults: unknown[] = [];
    for (const held of byId.values()) {
      if (!held.ended && isExpired(held)) faults.push(...end(held, 'expired').faults);
    }
    arm();
    if (faults.length > 0) throw toAncileError(faults[0]);
  };

  for (const { hash, info } of await store.list()) hold(hash, info);
  arm();

  return {
    async create(request, before) {
      const { expires, ...rest } = parseRequest(request, clock());
      const key = createToken();
      const created = new Date(clock()).toISOString();
      const info: KeyInfo = {
        id: newId('key', clock()),
        ...rest,
        created,
        ...(expires === undefined ? {} : { expires }),
      };
      const hash = tokenDigest(key);
      await before?.(info);
      await store.insert({ hash, info });
      hold(hash, info);
      arm();
      return { key, info };
    },
    authenticate(token) {
      if (token === undefined || token === '') return { ok: false, reason: 'missing' };
      const digest = tokenDigest(token);
      const held = byDigest.get(digest);
      if (held === undefined && !isToken(token)) return { ok: false, reason: 'malformed' };
      // Looked up by digest, of which a caller cannot choose the bytes: timing tells nothing of the keys there are.
      if (held === undefined) return { ok: false, reason: 'unknown' };
      if (held.info.revoked !== undefined) return { ok: false, reason: 'revoked' };
      if (isExpired(held)) return { ok: false, reason: 'expired' };
      if (isFrozen(held.key.principal)) return { ok: false, reason: 'frozen' };
      return { ok: true, key: held.key };
    },
    isActive(id) {
      const held = byId.get(id);
      return held !== undefined && held.info.revoked === undefined && !isExpired(held) && !isFrozen(held.key.principal);
    },
    list: () =>
      [...byId.values()].map((held) => held.info).sort((a, b) => (a.created + a.id < b.created + b.id ? -1 : 1)),
    revoke: async (id) => revokeNow(id).kept,
    end: revokeNow,
    async reinstate(id) {
      const held = byId.get(id);
      if (held === undefined) throw unknownKey(id);
      const { revoked, ...info } = held.info;
      if (revoked === undefined) return held.info;
      // The other way round than its end: a store that cannot be written lets nobody in.
      await store.unmarkRevoked(id);
      held.info = info;
      held.ended = isExpired(held);
      arm();
      return info;
    },
    mayUse,
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sweep,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
