// What differs between two configurations, by the names of its fields, and what of that waits for a restart.
import { canonicalJson } from '../base/index.ts';
import type { Admission, Config } from '../contract/index.ts';

/** What is bound to the process: where it listens and what it owns. */
const BOUND = ['server', 'dataDir', 'ledger', 'admission', 'telemetry', 'forward'] as const;
/** What of that counts from the next moment on: nothing listens anew for it. */
const LOOSE: readonly string[] = [
  'admission.mode',
  'admission.onFault',
  'admission.exemptNamespaces',
  'admission.token',
];

const differs = (a: unknown, b: unknown): boolean =>
  (a === undefined) !== (b === undefined) || (a !== undefined && canonicalJson(a) !== canonicalJson(b));

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names of the fields that differ: `limits.concurrency`, `upstreams.main`, `judge`. */
export function changedFields(before: Config, after: Config): string[] {
  return Object.keys({ ...before, ...after }).flatMap((name) => {
    const [old, now] = [before[name as keyof Config], after[name as keyof Config]] as unknown[];
    if (!differs(old, now)) return [];
    if (!isGroup(old) || !isGroup(now)) return [name];
    const members = Object.keys({ ...old, ...now }).filter((member) => differs(old[member], now[member]));
    return members.map((member) => `${name}.${member}`);
  });
}

/** Whether a field, as `changedFields` names it, waits for a restart. */
export function isBound(field: string): boolean {
  return (BOUND as readonly string[]).includes(field.split('.', 1)[0]!) && !LOOSE.includes(field);
}

function looseOf({ mode, onFault, exemptNamespaces, token }: Admission): Partial<Admission> {
  return { mode, onFault, exemptNamespaces, token };
}

/** The new configuration, but for what waits for a restart: that stays as it was. */
export function withoutBound(before: Config, after: Config): Config {
  const { admission: now, forward: _, ...rest } = after;
  const admission = before.admission && now ? { ...before.admission, ...looseOf(now) } : before.admission;
  const { server, dataDir, ledger, telemetry, forward } = before;
  const kept = { server, dataDir, ledger, telemetry };
  return { ...rest, ...kept, ...(admission && { admission }), ...(forward && { forward }) };
}
