// What is under way, and of whom and what it is: revoking a key or freezing something cuts what it covers.
import { type Affected, type Restraint, restrains } from '../access/index.ts';

export type CutReason = 'revoked' | 'frozen' | 'stopping';

/** Ends something early. */
export type Cut = (why: CutReason) => void;

export interface Inflight {
  readonly count: number;
  /** @returns a function that takes it off the list */
  add(affected: Affected, cut: Cut): () => void;
  /** How much of what is under way is covered. */
  countOf(covers: (affected: Affected) => boolean): number;
  /** Cuts what is covered. @returns how much that was */
  cut(covers: (affected: Affected) => boolean, why: CutReason): number;
  /** Resolves when nothing is under way, at the latest after `ms`; what then still runs is cut. */
  drain(ms: number): Promise<void>;
}

export function createInflight(): Inflight {
  const underWay = new Map<Cut, Affected>();
  let idle: (() => void) | undefined;

  function cutAll(covers: (affected: Affected) => boolean, why: CutReason): number {
    const covered = [...underWay].filter(([, affected]) => covers(affected));
    for (const [cut] of covered) cut(why);
    return covered.length;
  }

  return {
    get count() {
      return underWay.size;
    },
    add(affected, cut) {
      // A function of its own each time, so that one that is added twice is two.
      const own: Cut = (why) => cut(why);
      underWay.set(own, affected);
      return () => {
        if (underWay.delete(own) && underWay.size === 0) idle?.();
      };
    },
    countOf: (covers) => [...underWay.values()].filter((affected) => covers(affected)).length,
    cut: cutAll,
    async drain(ms) {
      if (underWay.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => (idle = resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))),
      ]);
      clearTimeout(timer);
      cutAll(() => true, 'stopping');
    },
  };
}

/** Cuts what a restraint freezes. @returns how much that was */
export function cutFrozen(inflight: Inflight, restraint: Restraint): number {
  return restraint.effect === 'freeze' ? inflight.cut((affected) => restrains(restraint, affected), 'frozen') : 0;
}
