// How much a principal may pull, and what is unusual of it: theft of models looks like somebody who takes many. In memory only,
// within bounds: the records say the rest.
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

export interface PullLimits {
  /** Sets bytes aside for a pull, or says why not. */
  take(principal: string, model: string, bytes: number): Taken;
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

  function windowOf(principal: string): Window {
    let window = windows.get(principal);
    if (window === undefined || clock() - window.start >= limits().window) {
      windows.delete(principal);
      if (windows.size >= MOST_PRINCIPALS) windows.delete(windows.keys().next().value!);
      windows.set(principal, (window = { start: clock(), bytes: 0, models: new Set(), said: new Set() }));
    }
    return window;
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
      return { ok: true, unusual };
    },
    giveBack(principal, bytes) {
      const window = windows.get(principal);
      if (window !== undefined) window.bytes = Math.max(0, window.bytes - bytes);
    },
  };
}
