// Pulls that the owner of the data folder asks its server for: each goes on by itself, and he asks how far it is.
import { type AncileError, toAncileError } from '../base/index.ts';
import type { ApiAnswer, PulledFiles } from '../contract/index.ts';
import type { ArtifactSource, Gate } from '../gateway/index.ts';
import { pullFiles } from './pull-files.ts';

/** Longest wait for an answer, milliseconds: then it says how far it is. */
const WAIT_MS = 5000;
/** A result that nobody fetched is forgotten after so long, milliseconds. */
const KEEP_MS = 600_000;

/** Who pulls, for policies and the record. */
const OWNER = { id: 'cli (socket)', kind: 'person', name: 'cli (socket)', tenant: 'default' } as const;

interface Flight {
  done: number;
  all: number;
  readonly end: Promise<{ readonly result: PulledFiles } | { readonly fault: AncileError }>;
}

export interface PullDesk {
  /** Begins a pull, or asks after one. @throws AncileError what it failed with */
  pull(name: string): Promise<ApiAnswer<'pullModel'>>;
}

/** @param waitMs - a test's own */
export function createPullDesk(
  parts: { readonly gate: Gate; readonly sources: () => ReadonlyMap<string, ArtifactSource> },
  waitMs = WAIT_MS,
): PullDesk {
  const flights = new Map<string, Flight>();

  function begin(name: string): Flight {
    const flight: Flight = {
      done: 0,
      all: 0,
      end: pullFiles({ gate: parts.gate, sources: parts.sources(), principal: OWNER }, name, (_, done, all) => {
        Object.assign(flight, { done, all });
      }).then(
        (result) => ({ result }),
        (thrown: unknown) => ({ fault: toAncileError(thrown) }),
      ),
    };
    flights.set(name, flight);
    void flight.end.then(() => setTimeout(() => forget(name, flight), KEEP_MS).unref());
    return flight;
  }

  function forget(name: string, flight: Flight): void {
    if (flights.get(name) === flight) flights.delete(name);
  }

  return {
    async pull(name) {
      const flight = flights.get(name) ?? begin(name);
      let timer: NodeJS.Timeout | undefined;
      const wait = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), waitMs)));
      const ended = await Promise.race([flight.end, wait]);
      clearTimeout(timer);
      const { done, all } = flight;
      if (ended === undefined) return { done, all };
      // Whoever asks next wants it anew.
      forget(name, flight);
      if ('fault' in ended) throw ended.fault;
      return { done, all, result: ended.result };
    },
  };
}
