// Waiting times that double with each wrong try, for one kind of thing that tries are counted by.
import type { Clock } from '../../base/index.ts';

export interface ThrottleRule {
  /** Wrong tries without a wait. */
  readonly free: number;
  /** The first wait; each further wrong try doubles it. Milliseconds, as all below. */
  readonly first: number;
  readonly most: number;
  /** A count is forgotten when there was no wrong try for so long. */
  readonly forget: number;
}

interface Count {
  wrong: number;
  /** Tries whose result is not known yet. */
  pending: number;
  last: number;
  until: number;
}

export interface Throttle {
  /** When tries are allowed again; undefined: now. */
  lockedUntil(key: string): number | undefined;
  /** Whether there is room for one more try at this moment: those under way count as wrong until they are not. */
  hasRoom(key: string): boolean;
  begin(key: string): void;
  /** Whether this wrong try began a wait. */
  fail(key: string): boolean;
  succeed(key: string): void;
  /** The try was none: neither right nor wrong. */
  release(key: string): void;
  forget(matches: (key: string) => boolean): void;
  /** The latest end of a wait among the keys that match. */
  latest(matches: (key: string) => boolean): number | undefined;
}

/** @param size - keys kept; beyond it the one that was used least lately is forgotten */
export function createThrottle(rule: ThrottleRule, clock: Clock, size: number): Throttle {
  const counts = new Map<string, Count>();

  function find(key: string): Count | undefined {
    const count = counts.get(key);
    if (count === undefined || count.pending > 0 || clock() - count.last <= rule.forget || count.until > clock()) {
      return count;
    }
    counts.delete(key);
    return undefined;
  }

  function keep(key: string, count: Count): void {
    counts.delete(key);
    counts.set(key, count);
    if (counts.size <= size) return;
    for (const [oldest, { pending }] of counts) {
      if (pending > 0) continue;
      counts.delete(oldest);
      return;
    }
  }

  function finish(key: string): Count {
    const count = find(key) ?? { wrong: 0, pending: 1, last: clock(), until: 0 };
    count.pending = Math.max(count.pending - 1, 0);
    return count;
  }

  const lockedUntil = (key: string): number | undefined => {
    const until = find(key)?.until ?? 0;
    return until > clock() ? until : undefined;
  };

  return {
    lockedUntil,
    hasRoom(key) {
      const count = find(key);
      return count === undefined || count.pending < Math.max(rule.free - count.wrong, 1);
    },
    begin(key) {
      const count = find(key) ?? { wrong: 0, pending: 0, last: clock(), until: 0 };
      count.pending++;
      keep(key, count);
    },
    fail(key) {
      const count = finish(key);
      count.wrong++;
      count.last = clock();
      const beyond = count.wrong - rule.free;
      if (beyond >= 0) count.until = clock() + Math.min(rule.first * 2 ** Math.min(beyond, 30), rule.most);
      keep(key, count);
      return beyond >= 0;
    },
    succeed(key) {
      const { pending } = finish(key);
      if (pending === 0) counts.delete(key);
      else keep(key, { wrong: 0, pending, last: clock(), until: 0 });
    },
    release(key) {
      const count = finish(key);
      if (count.pending === 0 && count.wrong === 0) counts.delete(key);
    },
    forget(matches) {
      for (const key of [...counts.keys()]) if (matches(key)) counts.delete(key);
    },
    latest(matches) {
      let latest: number | undefined;
      for (const key of [...counts.keys()]) {
        const until = matches(key) ? lockedUntil(key) : undefined;
        if (until !== undefined && (latest === undefined || until > latest)) latest = until;
      }
      return latest;
    },
  };
}
