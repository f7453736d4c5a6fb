// The upstreams of one configuration, each with its circuit; they can be closed when the last exchange that began with
// them has ended.
import type { Clock } from '../../base/index.ts';
import type { Config, UpstreamHealth } from '../../contract/index.ts';
import { Circuit } from './circuit.ts';
import type { UpstreamDoor } from './door.ts';

export interface RosterEntry {
  readonly door: UpstreamDoor;
  readonly circuit: Circuit;
}

export interface Roster {
  get(name: string): RosterEntry | undefined;
  health(): UpstreamHealth[];
  /** Whether any of them may be asked: not all rest after failures. */
  readonly reachable: boolean;
  /** Counts an exchange that may ask these upstreams. @returns what takes it off the count, once */
  hold(): () => void;
  /** Resolves when no exchange holds them any more: for when others have taken their place. */
  retire(): Promise<void>;
}

export interface RosterOptions {
  readonly breaker: Config['breaker'];
  readonly clock: Clock;
}

export function createRoster(doors: Iterable<UpstreamDoor>, { breaker, clock }: RosterOptions): Roster {
  const entries = new Map<string, RosterEntry>();
  for (const door of doors) {
    entries.set(door.name, { door, circuit: new Circuit({ breaker, concurrency: door.concurrency, clock }) });
  }
  let holders = 0;
  const waiting: (() => void)[] = [];

  return {
    get: (name) => entries.get(name),
    health: () =>
      [...entries.values()].map(({ door, circuit }) => ({ name: door.name, kind: door.kind, ...circuit.health() })),
    get reachable() {
      if (entries.size === 0) return true;
      return [...entries.values()].some(({ circuit }) => circuit.condition !== 'resting');
    },
    hold() {
      holders++;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        if (--holders === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
    retire: () => (holders === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
