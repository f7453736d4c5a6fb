// What a sink is to those who drive it: it is given a batch and says of each event what became of it.
import type { AncileError } from '../base/index.ts';
import type { ExportEvent } from '../contract/index.ts';

/**
 * `accepted`: the receiver said that it has it. `again`: the receiver is not there, or not ready, whatever is sent. `busy`:
 * not now, for this one. `refused`: never, for this one. `unclear`: something in the batch was refused, and not which.
 * `gone`: the receiver says that it is there no more, and wants nothing of anybody.
 */
export type Fate =
  | { readonly state: 'accepted' }
  | { readonly state: 'again' | 'busy'; readonly reason: string; /** Milliseconds. */ readonly after?: number }
  | { readonly state: 'refused' | 'unclear' | 'gone'; readonly reason: string };

export interface Sink {
  /** Events that it is given at a time, at most. */
  readonly most: number;
  /** Host or file, without anything secret. */
  readonly target: string;
  /**
   * One try. Nothing is `accepted` that could be lost by what the receiver has not said.
   * @returns one fate for each event
   * @throws AncileError where nothing is known of any: all of them are sent again
   */
  deliver(events: readonly ExportEvent[], signal: AbortSignal): Promise<readonly Fate[]>;
  close(): Promise<void>;
}

export const ACCEPTED: Fate = { state: 'accepted' };

/** One fate for all of a batch. */
export function all(events: readonly unknown[], fate: Fate): readonly Fate[] {
  return events.map(() => fate);
}

/** What a fault says of all that was sent. */
export function againFor(fault: AncileError): Fate {
  return { state: 'again', reason: fault.message };
}
