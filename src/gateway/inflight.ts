// Exchanges under way, by key: revoking a key cuts what runs on it.

/** Ends an exchange early. */
export type Cut = (why: 'revoked' | 'stopping') => void;

export interface Inflight {
  readonly count: number;
  /** @returns a function that takes the exchange off the list */
  add(key: string, cut: Cut): () => void;
  /** Cuts everything that runs on a key. */
  cutKey(key: string): number;
  /** Resolves when nothing is under way, at the latest after `ms`; what then still runs is cut. */
  drain(ms: number): Promise<void>;
}

export function createInflight(): Inflight {
  const byKey = new Map<string, Set<Cut>>();
  let count = 0;
  let idle: (() => void) | undefined;

  return {
    get count() {
      return count;
    },
    add(key, cut) {
      let cuts = byKey.get(key);
      if (cuts === undefined) byKey.set(key, (cuts = new Set()));
      cuts.add(cut);
      count++;
      return () => {
        if (!cuts.delete(cut)) return;
        count--;
        if (cuts.size === 0 && byKey.get(key) === cuts) byKey.delete(key);
        if (count === 0) idle?.();
      };
    },
    cutKey(key) {
      const cuts = [...(byKey.get(key) ?? [])];
      for (const cut of cuts) cut('revoked');
      return cuts.length;
    },
    async drain(ms) {
      if (count === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => (idle = resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))),
      ]);
      clearTimeout(timer);
      for (const cuts of [...byKey.values()]) for (const cut of [...cuts]) cut('stopping');
    },
  };
}
