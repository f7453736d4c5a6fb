// The rules of the scanner: ids, severities and advice as data, one YAML file for a family of formats.
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { Severity } from '../contract/index.ts';
import { readShipped } from './lists.ts';

export const ScanRule = z.strictObject({
  /** `family.name`. */
  id: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/),
  /** What it finds, a few words. */
  title: z.string().min(1),
  severity: Severity,
  /** Why it matters, and what to do. */
  help: z.string().min(1),
  techniques: z.array(z.string()).default([]),
});
export type ScanRule = z.infer<typeof ScanRule>;

const RuleFile = z.strictObject({ rules: z.array(ScanRule).min(1) });

/** @throws AncileError `rules_invalid` that names file and field */
export function readScanRules(paths: readonly string[]): ReadonlyMap<string, ScanRule> {
  const rules = new Map<string, ScanRule>();
  for (const path of paths) {
    for (const rule of readShipped(path, RuleFile).rules) {
      if (rules.has(rule.id)) throw new AncileError('rules_invalid', `${rule.id} is there twice`, { at: path });
      rules.set(rule.id, rule);
    }
  }
  return rules;
}
