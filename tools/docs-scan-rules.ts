// Writes docs/scan-rules.md from content/scan/rules, so that what a finding means can be looked up by its id.
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type ScanRule, readScanRules } from '../src/scan/rule.ts';

const root = resolve(import.meta.dirname, '..');
const RULES = join(root, 'content/scan/rules');
const FILE = join(root, 'docs/scan-rules.md');

const HEAD = `# Rules of the scan

<!-- Made by tools/docs-scan-rules.ts from content/scan/rules: change the rules, then run \`npm run docs\`. -->

What each finding of \`ancile scan\` means. The severity is the usual one: a finding may be less or more severe where its
place says so (a command in a Dockerfile is less than the same command in code that comes with a model). A file with a
finding of high or critical severity is _malicious_, with one of medium severity _suspicious_; what is low or info is told
and leaves a file _clean_. Techniques are those of [MITRE ATLAS](https://atlas.mitre.org/) (\`AML.…\`) and the
[OWASP Top 10 for LLM applications](https://genai.owasp.org/llm-top-10/) (\`LLM…\`). [How to scan](guides/scan.md).
`;

/** What keeps a cell of a table one cell, and angle brackets text. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const row = ({ id, title, severity, help, techniques }: ScanRule): string =>
  `| \`${id}\` | ${severity} | ${cell(title)}. ${cell(help)} | ${techniques.join(', ')} |`;

function renderFamily(name: string): string {
  const rules = [...readScanRules([join(RULES, `${name}.yaml`)]).values()];
  const table = ['| rule | severity | what it means, and what to do | techniques |', '| --- | --- | --- | --- |'];
  return [`## ${name}`, '', ...table, ...rules.map(row)].join('\n');
}

/** The text of docs/scan-rules.md. */
export async function renderScanRules(): Promise<string> {
  const families = readdirSync(RULES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
  return format([HEAD, ...families.map(renderFamily)].join('\n\n'), {
    ...(await resolveConfig(FILE)),
    parser: 'markdown',
  });
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, await renderScanRules());
