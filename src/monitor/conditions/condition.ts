// What each kind of condition is to the engine: a state for a group, written as plain data, and what is read from it.
import type { MonitorEvent } from '../event.ts';

/** A condition holds: how much it came to, and that in words. */
export interface Met {
  readonly count: number;
  readonly detail: string;
}

/** Which selections of its rule a record meets. */
export type Hits = ReadonlySet<string>;

export interface ConditionState<S = unknown> {
  /** What happened longer ago than this has no bearing any more, milliseconds. */
  readonly horizon: number;
  begin(now: number): S;
  /** @returns false where the record came too late to count */
  observe(state: S, hits: Hits, event: MonitorEvent, now: number): boolean;
  met(state: S, now: number): Met | undefined;
  /** Where time alone can make it hold: how often it is looked at, milliseconds. */
  readonly every?: number;
  /** It was told of: the same is not told again. */
  fired?(state: S): void;
  /** A state that is over and can go. */
  isOver?(state: S, now: number): boolean;
  /** Groups wait in the order in which they began: the first that is not met ends the looking. */
  readonly ordered?: boolean;
}
