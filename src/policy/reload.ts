// Policies that can be changed while traffic runs: the new set is built whole, then taken into use in one step.
import { toAncileError, type AncileError } from '../base/index.ts';
import type { Policies } from './ruling.ts';

export type ReloadResult =
  | { readonly ok: true; readonly changed: boolean; readonly version: string }
  | { readonly ok: false; readonly version: string; readonly error: AncileError };

/** Policies whose set can be replaced. An exchange that must be ruled by one set throughout takes `current()`. */
export interface ReloadablePolicies extends Policies {
  /** The set in force now; it goes on ruling the same after a reload. */
  current(): Policies;
  /** Loads again. A set that does not load leaves the one in force where it is, and the result says why. */
  reload(): ReloadResult;
}

/** @throws what `load` throws, the first time: without any policies there is nothing to hold. */
export function createReloadablePolicies(load: () => Policies): ReloadablePolicies {
  let current = load();
  return {
    get version() {
      return current.version;
    },
    get name() {
      return current.name;
    },
    get files() {
      return current.files;
    },
    get onFault() {
      return current.onFault;
    },
    ruleFinding: (subject, question) => current.ruleFinding(subject, question),
    ruleExchange: (subject, question) => current.ruleExchange(subject, question),
    ruleArtifact: (subject, question) => current.ruleArtifact(subject, question),
    ruleToolCall: (subject, question) => current.ruleToolCall(subject, question),
    mayEnforce: (subject, direction, sketch) => current.mayEnforce(subject, direction, sketch),
    current: () => current,
    reload() {
      try {
        const next = load();
        const changed = next.version !== current.version;
        // The same set keeps its warm cache.
        if (changed) current = next;
        return { ok: true, changed, version: current.version };
      } catch (thrown) {
        return { ok: false, version: current.version, error: toAncileError(thrown, 'policy_invalid') };
      }
    },
  };
}
