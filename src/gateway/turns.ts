// Short turns of the event loop. Node takes in one new connection a turn (libuv 1.45 and later), so long turns keep new
// clients, and whoever is to be turned away, waiting for seconds: heavy work is done a slice a turn.
import { performance } from 'node:perf_hooks';

/** Heavy work that one turn may hold, milliseconds: some three exchanges. A single piece of work is never divided... */
const LEAST_MS = 2;
/** ...and, so that a flood to be turned away starves nobody who was let in, this many times what the turn took besides. */
const SHARE = 2;
const MOST_MS = 10;
/** While connections come in, so many turns in a row hold no heavy work: each takes in one more. */
const MOST_ACCEPTS = 64;

export interface Turns {
  /** Whether heavy work may be done now: undefined, or what resolves when its turn has come, first come first served. */
  next(): Promise<void> | undefined;
  /** Says that a connection was taken in: more may wait to be. */
  noteConnection(): void;
}

/** @param now - milliseconds, from anywhere */
export function createTurns(now: () => number): Turns {
  const waiting: (() => void)[] = [];
  /** When the work of this turn began; undefined while it has none. */
  let begun: number | undefined;
  /** When the last slice ended, while more waits. */
  let ended: number | undefined;
  let connected = false;
  let accepts = 0;

  function endTurn(): void {
    if (connected && accepts < MOST_ACCEPTS) {
      connected = false;
      accepts++;
      setImmediate(endTurn);
      return;
    }
    accepts = 0;
    const start = (begun = now());
    const besides = ended === undefined ? 0 : start - ended;
    const slice = Math.min(MOST_MS, Math.max(LEAST_MS, SHARE * besides));
    let next = 0;
    // Each lets its own work run to its end (a microtask) before the clock is looked at again.
    const step = (): void => {
      if (next < waiting.length && now() - start < slice) {
        waiting[next++]!();
        queueMicrotask(step);
        return;
      }
      waiting.splice(0, next);
      // What comes within the poll that follows belongs to a new turn, behind those that wait already.
      begun = ended = undefined;
      if (waiting.length === 0) return;
      begun = start;
      ended = now();
      setImmediate(endTurn);
    };
    step();
  }

  return {
    next() {
      if (waiting.length === 0) {
        if (begun === undefined) {
          begun = now();
          setImmediate(endTurn);
          return undefined;
        }
        if (now() - begun < LEAST_MS) return undefined;
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    noteConnection() {
      connected = true;
    },
  };
}

/**
 * The turns of this process's loop.
 * @example const turn = turns.next(); if (turn !== undefined) await turn;
 */
export const turns: Turns = createTurns(() => performance.now());
