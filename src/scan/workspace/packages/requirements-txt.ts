// Requirement files of pip: names, versions, options, addresses.
import type { Format } from '../../format.ts';
import { isText, readText } from '../text.ts';
import { reportSecrets } from '../secrets.ts';
import { type Requirement, isInsecure, reportRequirements, reportSource } from './requirement.ts';

const NAME = /^(?:.*requirements?.*|.*[-_]reqs?|constraints.*)\.(?:txt|in|pip)$/;
/** PEP 508, as far as it is needed: name, extras, versions; names in letters that pip refuses are told as what they imitate. */
const REQUIREMENT = /^([\p{L}\p{N}][\p{L}\p{N}._-]{0,100})\s*(?:\[[^\]]{0,200}\])?\s*([^;#@\s][^;#@]{0,120})?/u;

/** A requirement as PEP 508 writes it; nothing for what is none. */
export function parseRequirement(text: string, line: number): Requirement | undefined {
  const address = /^([A-Za-z0-9][\w.-]{0,100})\s*(?:\[[^\]]{0,200}\])?\s*@\s*(\S{1,500})/.exec(text);
  if (address !== null) return { name: address[1]!, version: '', source: address[2]!, line };
  const match = REQUIREMENT.exec(text);
  if (match === null) return undefined;
  return { name: match[1]!, version: (match[2] ?? '').trim(), line };
}

export const requirementsTxt: Format = {
  id: 'requirements',
  match({ head, text, name }) {
    return NAME.test(name) && isText(head) && !/^\s*[{[<]/.test(text) ? 'likely' : false;
  },
  scan(source, look) {
    const text = readText(source, look);
    const requirements: Requirement[] = [];
    text.split(/\r?\n/).forEach((whole, at) => {
      look.budget.step();
      const line = at + 1;
      const part = whole
        .trim()
        .slice(0, 2000)
        .replace(/\s+(?:--hash=.*|\\)$/, '');
      if (part === '' || part.startsWith('#')) return;
      const option = /^(--?[\w-]{1,30})[ =]?\s*(\S{0,500})/.exec(part);
      if (option !== null) {
        const [, name, value] = option;
        if (name === '--extra-index-url' || name === '--find-links' || name === '-f') {
          look.report('packages.extra-index', { message: `looks for packages in ${value} as well`, line });
        }
        if (name === '--trusted-host') {
          look.report('packages.insecure-source', { message: `does not check who ${value} is`, line });
        } else if (name !== '-r' && name !== '-c' && /^(?:git\+)?\w+:\/\//.test(value ?? '')) {
          if (name === '-e' || name === '--editable') reportSource(value!, look, line, 'a package');
          else if (isInsecure(value!)) reportSource(value!, look, line, 'the index');
        }
        return;
      }
      if (/^(?:git\+|hg\+|https?:)/.test(part)) {
        const from = part.split(/\s/, 1)[0]!;
        const name =
          /[#&]egg=([\w.-]{1,100})/.exec(from)?.[1] ??
          /\/([\w.-]{1,100}?)(?:\.git|-\d|$)/.exec(from)?.[1] ??
          'a package';
        requirements.push({ name, version: '', source: from, line });
        return;
      }
      const requirement = parseRequirement(part, line);
      if (requirement !== undefined) requirements.push(requirement);
    });
    reportRequirements('pypi', requirements, look, text.includes('--hash='));
    reportSecrets(text, look);
  },
};
