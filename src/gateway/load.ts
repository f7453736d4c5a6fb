// How much is under way at once: exchanges, and the bytes of bodies that they keep in memory. What is beyond the bound is
// turned away before it costs anything.
import { performance } from 'node:perf_hooks';
import type { Config } from '../contract/index.ts';

/** The place of one exchange. */
export interface Slot {
  /** Counts bytes that the exchange keeps. @returns false, and counts nothing, where memory is taken up already */
  take(bytes: number): boolean;
  /** Gives the place and all its bytes back; once. */
  leave(): void;
}

export interface Load {
  readonly count: number;
  /** Bytes of bodies kept at the moment. */
  readonly bytes: number;
  /** Turned away since the start. */
  readonly shed: number;
  /** A place within the limits; undefined, and counted as turned away, where all are taken. */
  enter(limits: Pick<Config['limits'], 'concurrency' | 'bodyBytes' | 'answerBytes'>): Slot | undefined;
  /** Counts a request that was turned away for another reason of load. */
  noteShed(): void;
}

/**
 * A gateway that had half its places free a moment ago is not overloaded by a burst (a pause of the collector, a batch of
 * work, clients in step): out of such calm it takes so many times its places...
 */
const BURST = 2;
/** ...for this long, milliseconds. Under lasting load there is no calm, and so no more than the places. */
const BURST_MS = 300;

/** Bodies kept in memory at once, whatever the bounds on each. */
const MIN_BYTES = 256 * 1024 * 1024;
/** So many of the largest size fit at once. */
const LARGEST = 4;

/** The bound on bodies kept in memory at once, bytes: 256 MiB, or four of the largest body or answer. */
export function memoryBound({ bodyBytes, answerBytes }: Pick<Config['limits'], 'bodyBytes' | 'answerBytes'>): number {
  return Math.max(MIN_BYTES, LARGEST * Math.max(bodyBytes, answerBytes));
}

/** @param now - milliseconds, from anywhere */
export function createLoad(now: () => number = () => performance.now()): Load {
  let count = 0;
  let calmAt = now();
  let bytes = 0;
  let shed = 0;
  return {
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
    get shed() {
      return shed;
    },
    enter(limits) {
      if (count * 2 <= limits.concurrency) calmAt = now();
      if (count >= limits.concurrency && (count >= BURST * limits.concurrency || now() - calmAt > BURST_MS)) {
        shed++;
        return undefined;
      }
      count++;
      const bound = memoryBound(limits);
      let mine = 0;
      let left = false;
      return {
        take(more) {
          if (left) return false;
          if (bytes + more > bound) {
            shed++;
            return false;
          }
          mine += more;
          bytes += more;
          return true;
        },
        leave() {
          if (left) return;
          left = true;
          count--;
          bytes -= mine;
        },
      };
    },
    noteShed() {
      shed++;
    },
  };
}
