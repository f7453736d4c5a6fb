// How long to wait before the next try: full jitter, so that what failed together does not come back together.

/** Milliseconds: the most before the second try; twice as much before each one after. */
const FIRST_MS = 500;
/** The least, so that a lucky draw is no busy loop. */
const LEAST_MS = 20;

/**
 * @param tries - failed in a row, from 1
 * @param most - milliseconds
 * @param after - what the receiver asked for, milliseconds: waited at least
 */
export function pauseAfter(tries: number, most: number, after = 0, random: () => number = Math.random): number {
  const bound = Math.min(most, FIRST_MS * 2 ** Math.min(tries - 1, 30));
  return Math.max(LEAST_MS, after, random() * bound);
}

/** A wait that can be ended early. */
export function createPause(): { wait(ms: number): Promise<void>; end(): void } {
  let wake: (() => void) | undefined;
  return {
    wait(ms) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), ms);
        timer.unref();
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      });
    },
    end: () => wake?.(),
  };
}
