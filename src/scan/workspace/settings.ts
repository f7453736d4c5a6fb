// Settings of programs, and code in languages that are not traced: read for secrets, for servers that they open, for the packages
// of AI that they use, and for the plainest forms of attack.
import type { Format, Look } from '../format.ts';
import { judgeCommand } from './command.ts';
import { reportServers } from './deploy/servers.ts';
import { npmSdkOf } from './python/calls.ts';
import { reportSecrets } from './secrets.ts';
import { isText, lineIndex, readText } from './text.ts';

const SETTINGS =
  /^(?:\.?env(?:\..{1,40})?|.{0,80}\.env|\.npmrc|\.pypirc|\.netrc|\.git-credentials|.{1,80}\.(?:ini|cfg|conf|properties|toml|tfvars))$/;
const CODE = /\.(?:[cm]?[jt]sx?|java|kt|scala|go|rs|rb|php|cs|swift|dart|vue|svelte)$/;
/** What bundlers and minifiers make: nobody writes keys there, and it is long. */
const MADE = /\.(?:min|bundle)\.[cm]?js$/;
/** Characters of one line that are held against the forms of servers. */
const MOST_LINE = 500;
const IMPORTS = /(?:\bfrom\s{0,4}|\brequire\s{0,4}\(\s{0,4}|\bimport\s{0,4}\(?\s{0,4})["'](@?[\w./-]{1,100})["']/g;

/** Runs text as code or as a command in JavaScript: each with what stands behind its bracket. */
const RUNS =
  /\b(?:eval|Function|runInThisContext|runInNewContext|exec|execSync|spawn|spawnSync|execa|execaCommand)\s{0,4}\(([^;\n]{1,600})/g;
/** What a client of a model gives as its answer. */
const ANSWER = /\bchoices\s?\[\s?0\s?\]\??\.(?:message|text)|\boutput_text\b|\bcontent\s?\[\s?0\s?\]\??\.text\b/;
/** A decoder within a call that runs code. */
const DECODES =
  /^\s{0,4}(?:atob|unescape|decodeURIComponent)\s?\(|^\s{0,4}Buffer\.from\([^)]{1,500},\s?["'](?:base64|hex)["']\)/;
const COMMAND = /^\s{0,4}(?:["']([^"'\n]{1,500})["']|`([^`\n]{1,500})`)/;

/** Whether a place stands within a text of its line: tests and messages speak of calls. */
function isQuoted(text: string, at: number): boolean {
  const line = text.slice(Math.max(text.lastIndexOf('\n', at) + 1, at - MOST_LINE), at);
  return (line.match(/["'`]/g)?.length ?? 0) % 2 === 1;
}

function reportRuns(text: string, look: Look): void {
  let lineOf: ((offset: number) => number) | undefined;
  for (const found of text.matchAll(RUNS)) {
    look.budget.step(20);
    const [whole, given = ''] = found;
    if (isQuoted(text, found.index)) continue;
    const isCode = /^(?:eval|Function|runIn)/.test(whole);
    const command = isCode ? undefined : COMMAND.exec(given);
    const does =
      command === null || command === undefined ? undefined : judgeCommand(command[1] ?? command[2]!, 'script');
    const at = { line: (lineOf ??= lineIndex(text))(found.index), capability: 'execute' as const, evidence: whole };
    if (ANSWER.test(given)) look.report('code.model-output-run', { message: 'runs what a model answered', ...at });
    else if (isCode && DECODES.test(given))
      look.report('code.hidden-code', { message: 'decodes text and runs it as code', ...at });
    else if (does !== undefined && does.severity !== 'low' && does.severity !== 'info')
      look.report('code.hostile-command', { message: does.says, severity: does.severity, ...at });
  }
}

function reportImports(text: string, look: Look): void {
  for (const [, name = ''] of text.matchAll(IMPORTS)) {
    look.budget.step();
    const sdk = npmSdkOf(name);
    if (sdk === undefined) continue;
    look.asset('sdk', sdk.name, sdk.kind);
    if (sdk.provider !== undefined) look.asset('provider', sdk.provider, `by ${sdk.name}`);
  }
}

export const settings: Format = {
  id: 'settings',
  match: ({ head, name }) => (SETTINGS.test(name) && isText(head) ? 'likely' : false),
  scan(source, look) {
    const text = readText(source, look, 1 << 20);
    text.split(/\r?\n/).forEach((line, at) => {
      look.budget.step(10);
      if (/[=:]/.test(line) && !/^\s*[#;]/.test(line)) reportServers(line.slice(0, MOST_LINE), look, at + 1);
    });
    reportSecrets(text, look);
  },
};

export const otherCode: Format = {
  id: 'code',
  match: ({ head, name }) => (CODE.test(name) && !MADE.test(name) && isText(head) ? 'likely' : false),
  scan(source, look) {
    const text = readText(source, look);
    reportImports(text, look);
    reportRuns(text, look);
    reportSecrets(text, look, undefined, true);
  },
};
