// What is given up on the way out, and work that recurs until then.
import type { Logger } from './log.ts';

/** Steps of stopping, newest first. */
export class Closers {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }

  /**
   * Takes every step, whatever the others do.
   * @throws the first fault, where there is no log to tell it to
   */
  async close(log?: Logger): Promise<void> {
    const faults: unknown[] = [];
    for (const step of this.#steps.splice(0)) {
      try {
        await step();
      } catch (err) {
        faults.push(err);
        log?.error({ err }, 'while stopping');
      }
    }
    if (log === undefined && faults.length > 0) throw faults[0];
  }
}

/**
 * Work that recurs while the server runs, on a timer that keeps nothing alive; a turn that is not over is not begun
 * again.
 * @returns what ends it, waiting for the turn that runs
 */
export function every(ms: number, work: () => Promise<unknown>, log: Logger): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch((err: unknown) => log.error({ err }, 'in the background'))
      .finally(() => (running = undefined));
  }, ms);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
