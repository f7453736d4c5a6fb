// Work that costs memory is done a few at a time: a flood of it is turned away, not queued without end.
import { AncileError } from '../../base/index.ts';

export interface Bounds {
  /** Done at once. */
  readonly running: number;
  /** Waiting at most, beyond those. */
  readonly waiting: number;
  /** Waiting or running at most for one asker, so that one cannot take every place. */
  readonly each: number;
}

export interface Turns {
  /**
   * Runs when there is room, in the order of asking.
   * @throws AncileError `overloaded` where too many wait already
   */
  take<T>(who: string, run: () => Promise<T>): Promise<T>;
}

export function createTurns({ running, waiting, each }: Bounds): Turns {
  const queue: (() => void)[] = [];
  const shares = new Map<string, number>();
  let busy = 0;

  function leave(who: string): void {
    const share = shares.get(who)! - 1;
    if (share === 0) shares.delete(who);
    else shares.set(who, share);
    // Whoever is next takes over the place, so that nobody slips in between.
    const next = queue.shift();
    if (next === undefined) busy--;
    else next();
  }

  return {
    async take(who, run) {
      const share = shares.get(who) ?? 0;
      if (share >= each || (busy >= running && queue.length >= waiting)) {
        throw new AncileError('overloaded', 'too many are signing in at this moment', { hint: 'Try again shortly.' });
      }
      shares.set(who, share + 1);
      if (busy >= running) await new Promise<void>((resolve) => queue.push(resolve));
      else busy++;
      try {
        return await run();
      } finally {
        leave(who);
      }
    },
  };
}
