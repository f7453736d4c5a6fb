// Practice pulls of models: each way in which a client asks for a file that lies in the cache, and one that is under way.
import { performance } from 'node:perf_hooks';
import { AncileError } from '../../base/index.ts';
import type { Outlet, OutletCall } from '../../net/index.ts';
import { type Lane, lane, reasonOf } from './lanes.ts';
import { CLEAN, LARGE, POISONED, SMALL, commitOf } from './practice-hub.ts';

const at = (repo: string, revision: string, file = SMALL): string => `/hf/${repo}/resolve/${revision}/${file}`;

interface Pulled {
  readonly status: number;
  readonly body: Buffer;
  /** Whether it came to its regular end. */
  readonly whole: boolean;
}

/** What came of a file, also where it was cut off. */
function pull(outlet: Outlet, request: OutletCall): Promise<Pulled> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const parts: Buffer[] = [];
    const over = (whole: boolean): void => resolve({ status, body: Buffer.concat(parts), whole });
    outlet.send(request, {
      head: (said) => (status = said),
      data: (chunk) => void parts.push(chunk),
      end: () => over(true),
      fail: (error) => (status === 0 ? reject(error) : over(false)),
    });
  });
}

/** Pulls of the version that the incident is about, and of another. */
export function pullLanes(
  outlet: Outlet,
  { key, quiet, bystander }: Readonly<Record<'key' | 'quiet' | 'bystander', string>>,
): Lane[] {
  const of =
    (bearer: string, path: string, more: Readonly<Record<string, string>> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    async (): ReturnType<Lane['call']> => {
      const headers = { authorization: `Bearer ${bearer}`, ...more };
      const { status, body, whole } = await pull(outlet, { method, path, headers });
      if (status !== 200 && status !== 206) return { passed: false, reason: reasonOf(status, body) };
      // Who is not to have it has too much with a part of it; who is to have it has nothing without the whole.
      const passed = whole || (bearer !== bystander && body.length > 0);
      return { passed, reason: passed ? undefined : 'the wire' };
    };
  const named = at(POISONED, 'main');
  return [
    lane('pull by name', 'key', of(key, named)),
    lane('pull by version', 'key', of(key, at(POISONED, commitOf(POISONED)))),
    lane('pull of a range', 'key', of(key, named, { range: 'bytes=8-99' })),
    lane('pull, HEAD alone', 'key', of(key, named, {}, 'HEAD')),
    lane('pull, a quiet key', 'quiet', of(quiet, named)),
    lane('pull of another model', 'bystander', of(bystander, at(CLEAN, 'main'))),
  ];
}

/** A pull under way: a client that reads slowly until it is told to make haste. */
export interface PullWatch {
  /** Whether it came whole; undefined as long as it goes on. */
  whole: boolean | undefined;
  /** Milliseconds of `performance.now()` at its end. */
  endedAt: number;
  hurry(): void;
}

const STEP_MS = 50;

/** Begins to pull the large file. Resolves when its first bytes are there. */
export function openPull(outlet: Outlet, key: string): Promise<PullWatch> {
  return new Promise((resolve, reject) => {
    let slow = true;
    const over = (whole: boolean): void => void Object.assign(watch, { whole, endedAt: performance.now() });
    const flight = outlet.send(
      { method: 'GET', path: at(POISONED, 'main', LARGE), headers: { authorization: `Bearer ${key}` } },
      {
        head: (status) =>
          status === 200 || reject(new AncileError('internal', `the drill’s pull was answered ${status}`)),
        data() {
          resolve(watch);
          if (!slow) return;
          flight.pause();
          setTimeout(() => flight.resume(), STEP_MS);
        },
        end: () => over(true),
        fail(error) {
          over(false);
          reject(error);
        },
      },
    );
    const watch: PullWatch = { whole: undefined, endedAt: 0, hurry: () => void (slow = false) };
  });
}
