// One line of what a project installs, and what is reported about all of them.
import type { Look } from '../../format.ts';
import { type RegistryName, judgeName } from './names.ts';
import { sdkOf } from '../python/calls.ts';

export interface Requirement {
  readonly name: string;
  /** As it is written: `==1.2`, `^3`, empty. */
  readonly version: string;
  /** Where it comes from, when that is no registry. */
  readonly source?: string;
  readonly line: number;
}

/** Steps of a name: it is held against all popular ones. */
const NAME = 100;
const PINNED = /^(?:={2,3}\s*)?v?(\d[\w.+!-]*)$/;
/** A commit id, or a hash. */
const FIXED = /(?:@|#|rev=|commit=)[0-9a-f]{40}\b|sha(?:256|512)[=:-]/;

/** Whether an address is of a connection that anybody on the way can change. */
export const isInsecure = (address: string): boolean =>
  /^(?:git\+)?(?:http|git|ftp):\/\//i.test(address) &&
  !/^(?:git\+)?http:\/\/(?:localhost|127\.|10\.|192\.168\.)/i.test(address);

/** Reports where packages come from. */
export function reportSource(source: string, look: Look, line: number, what: string): void {
  if (isInsecure(source)) {
    look.report('packages.insecure-source', { message: `${what} comes from ${source} without encryption`, line });
  } else if (!FIXED.test(source) && !/^(?:file:|\.|\/|workspace:|link:|portal:)/.test(source)) {
    look.report('packages.direct-source', { message: `${what} comes from ${source}, which may change`, line });
  }
}

/**
 * Reports what is to be said of requirements.
 * @param hashed - whether versions are bound by hashes or a lock file
 */
export function reportRequirements(
  registry: RegistryName,
  requirements: readonly Requirement[],
  look: Look,
  hashed: boolean,
): void {
  let loose = 0;
  for (const { name, version, source, line } of requirements) {
    look.budget.step(NAME);
    const pinned = PINNED.exec(version.trim())?.[1];
    if (pinned === undefined && source === undefined) loose++;
    const says = judgeName(registry, name, pinned);
    if (says !== undefined) look.report(says.rule, { message: says.message, line, evidence: `${name}${version}` });
    if (source !== undefined) reportSource(source, look, line, name);
    const sdk = registry === 'pypi' ? sdkOf(name.toLowerCase().replaceAll('-', '_')) : undefined;
    if (sdk !== undefined) {
      look.asset('sdk', sdk.name, version === '' ? 'a requirement' : `a requirement, ${version}`);
      if (sdk.provider !== undefined) look.asset('provider', sdk.provider, `by ${sdk.name}`);
    }
  }
  if (loose > 0 && !hashed) {
    const message = `${loose} of ${requirements.length} packages are not bound to one version`;
    look.report('packages.unpinned', { message });
  }
}
