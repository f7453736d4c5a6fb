// The policy set that the configuration names, ready to be loaded again while traffic runs.
import { resolve } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import {
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

/** @throws AncileError `policy_invalid` with file, line and reason */
export function openPolicies({ config, dir }: LoadedConfig): ReloadablePolicies {
  const { set, shadow } = config.policy;
  return createReloadablePolicies(() =>
    loadPolicySet(policySetFolder(set, dir), {
      shadow: shadow === undefined ? undefined : policySetFolder(shadow, dir),
    }),
  );
}
