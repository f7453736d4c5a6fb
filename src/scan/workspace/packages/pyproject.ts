// What a Python project's pyproject.toml and Pipfile ask for: read line by line, for only dependencies matter here.
import type { Format } from '../../format.ts';
import { isText, readText } from '../text.ts';
import { reportSecrets } from '../secrets.ts';
import { type Requirement, isInsecure, reportRequirements, reportSource } from './requirement.ts';
import { parseRequirement } from './requirements-txt.ts';

const TABLES = /^(?:tool\.poetry(?:\.group\.[\w-]+)?\.(?:dev-)?dependencies|packages|dev-packages)$/;
const LISTS = /^(?:project|project\.optional-dependencies|dependency-groups|build-system|tool\.uv)$/;
const SOURCES = /^(?:tool\.poetry\.source|tool\.uv\.index|tool\.pdm\.source|source)$/;

export const pyproject: Format = {
  id: 'pyproject',
  match({ head, name }) {
    return (name === 'pyproject.toml' || name === 'pipfile') && isText(head) ? 'likely' : false;
  },
  scan(source, look) {
    const text = readText(source, look);
    const requirements: Requirement[] = [];
    let table = '';
    let inList = false;
    text.split(/\r?\n/).forEach((whole, at) => {
      look.budget.step();
      const line = at + 1;
      const part = whole.trim().slice(0, 4000);
      const header = /^\[{1,2}\s*([\w.\-"' ]{1,200}?)\s*\]{1,2}\s*(?:#.*)?$/.exec(part);
      if (header !== null && !inList) {
        table = header[1]!.replaceAll('"', '');
        return;
      }
      const pair = inList ? null : /^(["']?)([\w.-]{1,100})\1\s*=\s*(.*)$/.exec(part);
      const value = pair?.[3] ?? part;
      if (SOURCES.test(table) && pair?.[2] === 'url') {
        const url = /["']([^"']{1,500})["']/.exec(value)?.[1] ?? '';
        if (isInsecure(url)) reportSource(url, look, line, 'the index');
        else if (!/\/\/(?:pypi\.org|files\.pythonhosted\.org|download\.pytorch\.org)\b/.test(url)) {
          look.report('packages.extra-index', { message: `looks for packages in ${url} as well`, line });
        }
      } else if (TABLES.test(table) && pair !== null && pair[2] !== 'python') {
        const from = /\b(?:git|url|path)\s*=\s*["']([^"']{1,500})["']/.exec(value)?.[1];
        const rev = /\brev\s*=\s*["']([0-9a-f]{40})["']/.exec(value)?.[1];
        const version =
          /^["']([^"']{0,100})["']/.exec(value)?.[1] ?? /\bversion\s*=\s*["']([^"']{0,100})["']/.exec(value)?.[1] ?? '';
        const address = from === undefined ? {} : { source: rev === undefined ? from : `${from}@${rev}` };
        requirements.push({ name: pair[2]!, version: version === '*' ? '' : version, ...address, line });
      } else if (LISTS.test(table)) {
        const starts = pair !== null && value.startsWith('[') && (table !== 'project' || pair[2] === 'dependencies');
        if (!starts && !inList) return;
        // Strings hold brackets themselves: extras.
        for (const [, quoted] of value.matchAll(/["']([^"'\n]{1,500})["']/g)) {
          const requirement = parseRequirement(quoted!, line);
          if (requirement !== undefined) requirements.push(requirement);
        }
        inList = !/\]\s*,?\s*(?:#.*)?$/.test(value.replace(/(["'])[^"'\n]*\1/g, ''));
      }
    });
    reportRequirements('pypi', requirements, look, false);
    reportSecrets(text, look);
  },
};
