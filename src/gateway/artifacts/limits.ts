// How much a principal may pull, and what is unusual of it: theft of models looks like somebody who takes many. Kept in memory,
// within bounds, and made again at the start from what the records say.
import { createPullRate } from './pull-rate.ts';
import type { Clock } from '../../base/index.ts';
import type { Artifacts, ModelFinding } from '../../contract/index.ts';

const MOST_PRINCIPALS = 5000;
const MOST_MODELS = 1000;
/** Within one window: more versions than this are unusual... */
const MANY_MODELS = 20;
/** ...and so is this share of the bytes that there are. */
const MANY_BYTES = 0.5;

export type Taken =
  { readonly ok: true; readonly unusual: ModelFinding[] } | { readonly ok: false; readonly message: string };

/** A pull as its record has it. */
export interface EarlierPull {
  readonly principal: string;
  readonly model: string;
  /** Sent. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly time: number;
}

export interface PullLimits {
  /** Sets bytes aside for a pull, or says why not. */
  take(principal: string, model: string, bytes: number): Taken;
  /** Counts what was pulled before the start; in the order of time. */
  recall(pulls: Iterable<EarlierPull>): void;
  /** What was not sent after all. */
  giveBack(principal: string, bytes: number): void;
}

interface Window {
  start: number;
  bytes: number;
  readonly models: Set<string>;
  /** What was said of it already. */
  readonly said: Set<string>;
}

export function createPullLimits(limits: () => Artifacts['limits']['perPrincipal'], clock: Clock): PullLimits {
  const windows = new Map<string, Window>();
  const rate = createPullRate();

  function windowOf(principal: string, now = clock()): Window {
    let window = windows.get(principal);
    if (window === undefined || now - window.start >= limits().window) {
      windows.delete(principal);
      if (windows.size >= MOST_PRINCIPALS) windows.delete(windows.keys().next().value!);
      windows.set(principal, (window = { start: now, bytes: 0, models: new Set(), said: new Set() }));
    }
    return window;
  }

  function count(window: Window, model: string, bytes: number): ModelFinding[] {
    const { bytes: most } = limits();
    window.bytes += bytes;
    if (window.models.size < MOST_MODELS) window.models.add(model);
    const unusual: ModelFinding[] = [];
    const say = (rule: string, message: string): void => {
      if (window.said.has(rule)) return;
      window.said.add(rule);
      unusual.push({ rule, severity: 'medium', message });
    };
    if (window.models.size > MANY_MODELS) {
      say('pull.many-models', `more than ${MANY_MODELS} versions of models within one window`);
    }
    if (window.bytes > most * MANY_BYTES) {
      say('pull.many-bytes', `more than half of the ${most} bytes that a key may pull within one window`);
    }
    return unusual;
  }

  return {
    take(principal, model, bytes) {
      const { bytes: most } = limits();
      const window = windowOf(principal);
      if (window.bytes + bytes > most) {
        return {
          ok: false,
          message: `the key may pull ${most} bytes within its window, and ${window.bytes} are pulled`,
        };
      }
      const unusual = count(window, model, bytes);
      const odd = rate.note(principal, bytes, clock());
      if (odd !== undefined) unusual.push(odd);
      return { ok: true, unusual };
    },
    recall(pulls) {
      for (const { principal, model, bytes, time } of pulls) {
        count(windowOf(principal, time), model, bytes);
        rate.note(principal, bytes, time);
      }
    },
    giveBack(principal, bytes) {
      const window = windows.get(principal);
      if (window !== undefined) window.bytes = Math.max(0, window.bytes - bytes);
    },
  };
}
