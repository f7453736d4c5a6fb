// What a call means beyond the name that is called: functions that call what they are given, or give back what can be known.
import type { Global } from './global.ts';
import type { Judge } from './judge.ts';
import type { Made, Unknown, Value } from './values.ts';

/** How a callable is used: called; made without its constructor; made with it where there are arguments. */
export type Use = 'call' | 'new' | 'init';

export interface Call {
  readonly callable: Global | Made | Unknown;
  /** The arguments that are known. */
  readonly items: readonly Value[];
  /** All of them, a tuple where all is in order. */
  readonly args: Value;
  readonly offset: number;
  readonly use: Use;
}

export interface Special {
  /** A call of it. @returns what it gives back; undefined leaves the call to its grade */
  calls?(judge: Judge, call: Call): Value | undefined;
  /** A call of what it gave back. @returns likewise; undefined: the call of something computed */
  called?(judge: Judge, call: Call): Value | undefined;
}
