// Lock files of Python and of npm's companions: which version of each package a project really installs.
import type { Format, Look } from '../../format.ts';
import { list, readJson, record, string } from '../json.ts';
import { isText, readText } from '../text.ts';
import type { RegistryName } from './names.ts';
import { type Requirement, isInsecure, reportRequirements, reportSource } from './requirement.ts';

/** What a line of a lock file says of the package that it belongs to. */
interface Lines {
  readonly registry: RegistryName;
  /** Begins a package; its groups are its name and, where it stands there as well, its version. */
  readonly begins: RegExp;
  readonly version: RegExp;
  readonly address: RegExp;
}

const LINES: ReadonlyMap<string, Lines> = new Map([
  ...['poetry.lock', 'uv.lock', 'pdm.lock'].map((name): [string, Lines] => [
    name,
    {
      registry: 'pypi',
      begins: /^name = "([^"]{1,200})"/,
      version: /^version = "([^"]{1,100})"/,
      address: /^(?:source = \{.{0,40}?(?:registry|url|git) = |url = )"([^"]{1,500})"/,
    },
  ]),
  [
    'yarn.lock',
    {
      registry: 'npm',
      begins: /^"?((?:@[^@"/]{1,100}\/)?[^@"/\s]{1,200})@/,
      version: /^\s{2}version:? "?([^"\s]{1,100})/,
      address: /^\s{2}resolved "([^"]{1,500})"/,
    },
  ],
  [
    'pnpm-lock.yaml',
    {
      registry: 'npm',
      begins: /^\s{2}['"]?\/?((?:@[^@'"/]{1,100}\/)?[^@'"/\s]{1,200})@([^:('"]{1,100})/,
      version: /^\s{4}version: (\S{1,100})/,
      address: /^\s{4}resolution: \{tarball: ([^,}\s]{1,500})/,
    },
  ],
]);

function* requirementsOf(text: string, { begins, version, address }: Lines): Generator<Requirement> {
  let found: Requirement | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const start = begins.exec(line);
    if (start !== null) {
      if (found !== undefined) yield found;
      found = { name: start[1]!, version: start[2] ?? '', line: at + 1 };
    } else if (found !== undefined) {
      const [number, from] = [version.exec(line)?.[1], address.exec(line)?.[1]];
      if (number !== undefined) found = { ...found, version: number };
      // Other addresses are bound by the hashes that stand beside them.
      if (from !== undefined && isInsecure(from)) found = { ...found, source: from };
    }
  }
  if (found !== undefined) yield found;
}

export const lockFile: Format = {
  id: 'lock-file',
  match: ({ head, name }) => (LINES.has(name) && isText(head) ? 'likely' : false),
  scan(source, look) {
    const lines = LINES.get(look.name);
    if (lines === undefined) return;
    const text = readText(source, look, 16 << 20);
    look.budget.step(1 + (text.length >> 5));
    reportRequirements(lines.registry, [...requirementsOf(text, lines)], look, true);
  },
};

export const pipfileLock: Format = {
  id: 'pipfile-lock',
  match: ({ text, name }) => (name === 'pipfile.lock' && /^\s*\{/.test(text) ? 'likely' : false),
  scan(source, look: Look) {
    const file = readJson(source, look);
    if (file === undefined) return;
    const top = record(file.value);
    for (const index of list(record(top['_meta'])['sources'])) {
      const url = string(record(index)['url']) ?? '';
      if (isInsecure(url)) reportSource(url, look, file.lineOf(url), 'the index');
      if (record(index)['verify_ssl'] === false)
        look.report('packages.insecure-source', { message: `does not check who ${url} is`, line: file.lineOf(url) });
    }
    const requirements = ['default', 'develop'].flatMap((group) =>
      Object.entries(record(top[group])).map(([name, entry]): Requirement => {
        return { name, version: string(record(entry)['version']) ?? '', line: file.lineOf(`"${name}"`) };
      }),
    );
    reportRequirements('pypi', requirements, look, true);
  },
};
