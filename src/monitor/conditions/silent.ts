// Something that used to come has stopped, while that which it came with goes on.
import { type Buckets, SLOTS, addTo, pruneTo, totalOf } from '../buckets.ts';
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Silent = Extract<Condition, { type: 'silent' }>;

interface State {
  /** Records ever seen. */
  seen: number;
  last: number;
  /** It was told of this silence. */
  told: boolean;
}

/** What goes on is counted for all groups together. */
export interface SilentState extends ConditionState<State> {
  readonly going: Buckets;
  restore(going: Buckets): void;
}

export function silentState({ of, while: goes, window, seen, least }: Silent): SilentState {
  const width = window / SLOTS;
  const going: Buckets = [];
  return {
    going,
    restore: (saved) => void going.splice(0, going.length, ...saved),
    horizon: window * 50,
    every: Math.max(1000, window / SLOTS),
    begin: () => ({ seen: 0, last: 0, told: false }),
    observe(state, hits, { time }) {
      if (!hits.has(of)) return true;
      state.seen++;
      state.last = Math.max(state.last, time);
      state.told = false;
      return true;
    },
    met(state, now) {
      if (state.told || state.seen < seen || now - state.last < window) return undefined;
      pruneTo(going, Math.floor((now - window) / width));
      const { count } = totalOf(going, Math.floor((now - window) / width) + 1, Infinity);
      if (count < least) return undefined;
      return {
        count,
        detail: `${of}: none for ${showSpan(window)}, ${seen} or more before, while ${goes} came ${count} times`,
      };
    },
    fired: (state) => void (state.told = true),
  };
}

/** A record of what goes on. */
export function noteGoing(state: SilentState, window: number, time: number): void {
  addTo(state.going, Math.floor(time / (window / SLOTS)), 1, 0);
  if (state.going.length > 3 * 3 * SLOTS) state.going.splice(0, state.going.length - 3 * 2 * SLOTS);
}
