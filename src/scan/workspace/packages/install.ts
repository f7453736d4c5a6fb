// Commands that install packages, wherever they stand: notebooks, builds, scripts.
import type { Look } from '../../format.ts';
import { judgeName } from './names.ts';
import { isInsecure, reportSource } from './requirement.ts';

const INSTALL = /\b(?:pip3?|uv pip|conda|mamba|pipx|uv tool)\s+install\s+([^;&|\n]{1,2000})/g;
/** Installs of one text that are looked at. */
const MOST = 50;
/** Options whose value is the next word. */
const VALUED =
  /^(?:-[rcifet]|--(?:requirement|constraint|index-url|extra-index-url|trusted-host|find-links|editable|target|prefix|python))$/;
const NAME = /^["']?([\p{L}][\p{L}\p{N}._-]{0,100})(?:\[[^\]]{0,100}\])?(?:[=<>~!]=?([\w.]{0,40}))?/u;

/** Reports what a command installs, and where from. */
export function reportInstall(command: string, look: Look, line: number): void {
  let left = MOST;
  for (const [, given = ''] of command.matchAll(INSTALL)) {
    if (left-- === 0) return;
    look.budget.step(20);
    const words = given.trim().split(/\s+/);
    words.forEach((word, at) => {
      const [option = '', inside] = word.split('=', 2);
      const value = inside ?? words[at + 1] ?? '';
      if (option === '--extra-index-url' || option === '--find-links')
        look.report('packages.extra-index', { message: `looks for packages in ${value} as well`, line });
      else if (option === '--trusted-host')
        look.report('packages.insecure-source', { message: `does not check who ${value} is`, line });
      else if ((option === '--index-url' || option === '-i') && isInsecure(value))
        reportSource(value, look, line, 'the index');
      if (VALUED.test(words[at - 1] ?? '')) return;
      if (isInsecure(word.replace(/^["']/, ''))) reportSource(word, look, line, 'a package');
      const name = NAME.exec(word);
      if (name === null) return;
      const says = judgeName('pypi', name[1]!, name[2]);
      if (says !== undefined) look.report(says.rule, { message: says.message, line, evidence: word });
    });
  }
}
