// The policy set that the configuration names, ready to be loaded again while traffic runs.
import { resolve } from 'node:path';
import { AncileError } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import {
  type Policies,
  type ReloadablePolicies,
  SHIPPED_POLICY_SETS,
  type ShippedPolicySet,
  createReloadablePolicies,
  loadPolicySet,
  shippedPolicySet,
} from '../policy/index.ts';

/** Whether a set is named that comes with the program. */
export function isShipped(name: string): name is ShippedPolicySet {
  return (SHIPPED_POLICY_SETS as readonly string[]).includes(name);
}

/** The folder of a policy set: a shipped one by its name, else a path relative to the configuration. */
export function policySetFolder(name: string, dir: string): string {
  return isShipped(name) ? shippedPolicySet(name) : resolve(dir, name);
}

/** Sets that the configuration knows by name: what containment may add. */
export interface PolicySets {
  readonly names: readonly string[];
  /** @throws AncileError `request_invalid` for a name that is not known, `policy_invalid` */
  read(name: string): Policies;
  /** The same for what was contained by: the shipped `strict` set stands in for one that cannot be read any more. */
  named(name: string, onFault: (fault: unknown) => void): Policies;
}

export function openPolicySets({ config, dir }: LoadedConfig): PolicySets {
  const { set, shadow } = config.policy;
  const names = [...new Set([...SHIPPED_POLICY_SETS, set, ...(shadow === undefined ? [] : [shadow])])];
  const opened = new Map<string, Policies>();
  function read(name: string): Policies {
    if (!names.includes(name)) {
      throw new AncileError('request_invalid', 'the configuration has no such policy set', {
        at: 'with.policy',
        hint: `Those it knows: ${names.join(', ')}.`,
      });
    }
    const known = opened.get(name) ?? loadPolicySet(policySetFolder(name, dir));
    opened.set(name, known);
    return known;
  }
  return {
    names,
    read,
    named(name, onFault) {
      try {
        return read(name);
      } catch (fault) {
        onFault(fault);
        return read('strict');
      }
    },
  };
}

/** @throws AncileError `policy_invalid` with file, line and reason */
export function openPolicies({ config, dir }: LoadedConfig): ReloadablePolicies {
  const { set, shadow } = config.policy;
  return createReloadablePolicies(() =>
    loadPolicySet(policySetFolder(set, dir), {
      shadow: shadow === undefined ? undefined : policySetFolder(shadow, dir),
    }),
  );
}
