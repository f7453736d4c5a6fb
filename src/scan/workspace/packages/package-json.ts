// Packages of npm: what package.json asks for and runs at installation, and where a lock file takes packages from.
import type { Format, Look } from '../../format.ts';
import { readJson, record } from '../json.ts';
import { judgeCommand } from '../command.ts';
import { type Requirement, reportRequirements } from './requirement.ts';

const INSTALL = ['preinstall', 'install', 'postinstall', 'prepare'];
const REGISTRY = /^https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com)\//;

export const packageJson: Format = {
  id: 'package-json',
  match: ({ text, name }) => (name === 'package.json' && /^\s*\{/.test(text) ? 'likely' : false),
  scan(source, look) {
    const file = readJson(source, look);
    if (file === undefined) return;
    const requirements: Requirement[] = [];
    for (const group of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      for (const [name, version] of Object.entries(record(record(file.value)[group]))) {
        if (typeof version !== 'string') continue;
        const line = file.lineOf(`"${name}"`);
        const fromElsewhere = /^(?:git|https?:|github:|file:|link:)|^[\w-]+\/[\w.-]+(?:#|$)/.test(version);
        requirements.push({ name, version, ...(fromElsewhere ? { source: version } : {}), line });
      }
    }
    // Ranges are bound by the lock file beside it.
    reportRequirements('npm', requirements, look, true);
    for (const [name, command] of Object.entries(record(record(file.value)['scripts']))) {
      if (typeof command === 'string') reportScript(name, command, look, file.lineOf(`"${name}"`));
    }
  },
};

function reportScript(name: string, command: string, look: Look, line: number): void {
  const found = judgeCommand(command, INSTALL.includes(name) ? 'script' : 'build');
  if (found !== undefined && found.severity !== 'info' && found.severity !== 'low') {
    const message = `the script ${name} ${found.says}: ${command}`;
    look.report('packages.hostile-script', { message, severity: found.severity, line, capability: 'execute' });
  } else if (INSTALL.slice(0, 3).includes(name)) {
    look.report('packages.install-script', {
      message: `runs at installation: ${command}`,
      line,
      capability: 'execute',
    });
  }
}

export const packageLock: Format = {
  id: 'package-lock',
  match: ({ text, name }) =>
    (name === 'package-lock.json' || name === 'npm-shrinkwrap.json') && /^\s*\{/.test(text) ? 'likely' : false,
  scan(source, look) {
    const file = readJson(source, look);
    if (file === undefined) return;
    const requirements: Requirement[] = [];
    for (const [path, entry] of Object.entries(record(record(file.value)['packages']))) {
      look.budget.step();
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      if (!path.includes('node_modules/')) continue;
      const { resolved, integrity, version, link } = record(entry);
      if (typeof version !== 'string' || link === true) continue;
      const elsewhere =
        typeof resolved === 'string' &&
        !REGISTRY.test(resolved) &&
        (integrity === undefined || resolved.startsWith('http:'));
      requirements.push({
        name,
        version,
        ...(elsewhere ? { source: resolved } : {}),
        line: elsewhere ? file.lineOf(resolved) : 1,
      });
    }
    reportRequirements('npm', requirements, look, true);
  },
};
