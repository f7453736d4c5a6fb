// What the name of a package says about it: known to be hostile, or all but that of a popular one.
import { z } from 'zod';
import { shippedList } from '../../lists.ts';

const Registry = z.strictObject({ popular: z.array(z.string()), near: z.array(z.string()) });
const Packages = z.strictObject({
  pypi: Registry,
  npm: Registry,
  bad: z.array(
    z.strictObject({
      registry: z.enum(['pypi', 'npm']),
      name: z.string(),
      versions: z.array(z.string()).optional(),
      why: z.string(),
    }),
  ),
  invented: z.array(z.string()),
});
const packages = shippedList('packages.yaml', Packages);

/** Popular names that are long enough to be imitated, also with look-alike characters as one. */
const imitated = { pypi: new Map<string, string>(), npm: new Map<string, string>() };

function imitatedNames(registry: 'pypi' | 'npm'): ReadonlyMap<string, string> {
  const names = imitated[registry];
  if (names.size === 0) {
    for (const name of packages()[registry].popular) if (name.length >= LEAST) names.set(flatten(name), name);
  }
  return names;
}
export type RegistryName = 'pypi' | 'npm';

export interface NameSays {
  readonly rule: 'packages.known-bad' | 'packages.look-alike' | 'packages.invented';
  readonly message: string;
}

/** PEP 503: what differs in case and separators only is one package. */
export const normalize = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** Look-alike characters as one. */
const flatten = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/-/g, '')
    .replace(/0/g, 'o')
    .replace(/[1|]/g, 'l')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w');

/** Whether one insertion, deletion, substitution or swap of neighbours lies between two names. */
export function isOneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  const [left, right] = [endA - start, endB - start];
  if (left <= 1 && right <= 1) return true;
  return left === 2 && right === 2 && a[start] === b[start + 1] && a[start + 1] === b[start];
}

/** Names shorter than this are near to many. */
const LEAST = 5;
const AFFIX =
  /^(?:python-|py-|lib|the-)?(.+?)(?:-(?:python|py|ai|official|sdk|pro|plus|easy|simple|wrapper|helper|toolkit|latest|new|v?\d))$/;

/**
 * What a name says, without asking any registry.
 * @param version - the one it is pinned to, where it is
 */
export function judgeName(registry: RegistryName, written: string, version?: string): NameSays | undefined {
  const { popular, near } = packages()[registry];
  const name = registry === 'pypi' ? normalize(written) : written.toLowerCase();
  for (const bad of packages().bad) {
    if (bad.registry !== registry || bad.name !== name) continue;
    if (bad.versions !== undefined && (version === undefined || !bad.versions.includes(version))) continue;
    return {
      rule: 'packages.known-bad',
      message: `${name}${bad.versions === undefined ? '' : ` ${version}`} ${bad.why}`,
    };
  }
  if (popular.includes(name) || near.includes(name)) return undefined;
  if (packages().invented.includes(name)) {
    return { rule: 'packages.invented', message: `${name} is a name that models were seen to invent` };
  }
  const names = imitatedNames(registry);
  const flat = names.get(flatten(name));
  for (const known of flat === undefined ? names.values() : [flat]) {
    if (flat !== undefined || isOneSlip(name, known)) {
      return { rule: 'packages.look-alike', message: `${written} is all but ${known}` };
    }
  }
  const core = AFFIX.exec(name)?.[1];
  if (registry === 'pypi' && core !== undefined && core.length >= LEAST && popular.includes(core)) {
    return {
      rule: 'packages.invented',
      message: `${written} is ${core} with a word added: models invent such names, and others register them`,
    };
  }
  return undefined;
}
