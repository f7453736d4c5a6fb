// Scripts of shells, by their lines: what installs, starts and trains in a project is mostly written in them.
import type { Format, Look } from '../format.ts';
import { reportEnvironment, reportRun } from './deploy/servers.ts';
import { reportSecrets, watchKeys } from './secrets.ts';
import { isText, readText } from './text.ts';

const EXTENSIONS = new Set(['.sh', '.bash', '.zsh', '.ksh', '.ps1', '.psm1', '.bat', '.cmd']);
const NAMES = /^(?:\.(?:bashrc|bash_profile|profile|zshrc|zprofile|envrc)|procfile)$/;
const SHEBANG = /^#![^\n]{0,100}\b(?:ba|z|da|k)?sh\b/;
const COMMENT = /^\s*(?:#|::|rem\s)/i;
/** A line that the next one belongs to. */
const CONTINUED = /(?:\\|\||&&)\s{0,20}$/;
const SETS =
  /^\s*(?:export\s+|set\s+|\$env:)?([A-Za-z_]\w{0,80})\s?=\s?(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})'|(\S{1,2000}))/;
/** Characters of one command. */
const MOST_COMMAND = 20_000;
/** Steps of a command: it is held against every form of attack. */
const COMMAND = 60;

/** Commands with the lines that they run over joined, and where each begins. */
function* commandsOf(text: string): Generator<{ readonly command: string; readonly line: number }> {
  let command = '';
  let begins = 1;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (COMMENT.test(line)) continue;
    if (command === '') begins = at + 1;
    if (command.length < MOST_COMMAND) command += line.replace(/\\\s{0,20}$/, ' ');
    if (CONTINUED.test(line)) continue;
    if (command.trim() !== '') yield { command, line: begins };
    command = '';
  }
  if (command.trim() !== '') yield { command, line: begins };
}

/** Reports what the commands of a script do. */
function reportCommands(text: string, look: Look): void {
  for (const { command, line } of commandsOf(text)) {
    look.budget.step(COMMAND);
    reportRun(command, look, line);
    const set = SETS.exec(command);
    const value = set === null ? '' : (set[2] ?? set[3] ?? set[4]!);
    // What a command or another variable gives is not known here.
    if (set !== null && !/[$`]/.test(value)) reportEnvironment(set[1]!, value, look, line);
  }
}

export const shell: Format = {
  id: 'shell',
  match({ head, text, name, extension }) {
    if (!isText(head)) return false;
    return EXTENSIONS.has(extension) || NAMES.test(name) || SHEBANG.test(text) ? 'likely' : false;
  },
  scan(source, outer) {
    const { look, told } = watchKeys(outer);
    const text = readText(source, look, 1 << 20);
    reportCommands(text, look);
    reportSecrets(text, look, told);
  },
};
