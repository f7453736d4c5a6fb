// A scan as a person reads it: a file, under it what was found, by member, the worst first.
import {
  type AiAsset,
  type AiInventory,
  type FileReport,
  type ScanFinding,
  type ScanReport,
  type ScanVerdict,
  Severity,
} from '../contract/index.ts';
import { paint, print, showText } from './terminal.ts';

const MARKS: Record<ScanVerdict, [sign: string, style: 'green' | 'yellow' | 'red' | 'cyan']> = {
  clean: ['✓', 'green'],
  suspicious: ['!', 'yellow'],
  malicious: ['✗', 'red'],
  unanalyzed: ['?', 'cyan'],
};
const STYLES = { info: 'dim', low: 'blue', medium: 'yellow', high: 'red', critical: 'red' } as const;
const MOST_SHOWN = 20;
/** Of one kind in the inventory. */
const MOST_ITEMS = 8;
const KINDS: Record<AiAsset['kind'], string> = {
  model: 'models',
  dataset: 'datasets',
  sdk: 'libraries',
  provider: 'providers',
  agent: 'agents',
  'mcp-server': 'tool servers',
  tool: 'tools',
  prompt: 'prompts',
  key: 'keys',
  server: 'servers',
};

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000;
    at++;
  }
  return `${at === 0 ? count : count.toFixed(count < 10 ? 1 : 0)} ${units[at]}`;
}

const rank = ({ severity }: ScanFinding): number => -Severity.options.indexOf(severity);

function findingLine(finding: ScanFinding): string {
  const { severity, rule, message, offset, line, suppressed, known } = finding;
  const place = line !== undefined ? `line ${line}` : offset !== undefined ? `@${offset}` : '';
  const mark =
    suppressed !== undefined
      ? paint('dim', ` (suppressed by ${showText(suppressed.owner)})`)
      : known === true
        ? paint('dim', ' (in the baseline)')
        : '';
  return `${paint(STYLES[severity], severity.padEnd(8))}  ${showText(message)}${mark}  ${paint('dim', `${rule} ${place}`.trimEnd())}`;
}

/** Prints one file: its verdict, and a branch for each member in which something was found. */
export function printFileReport(report: FileReport): void {
  const [sign, style] = MARKS[report.verdict];
  const head = `${paint(style, `${sign} ${report.verdict}`)}  ${showText(report.path)}`;
  print(`${head}  ${paint('dim', `${report.format}, ${bytes(report.size)}`)}`);
  const branches = new Map<string, string[]>();
  const branch = (member: string | undefined): string[] => {
    const key = member ?? '';
    let lines = branches.get(key);
    if (lines === undefined) branches.set(key, (lines = []));
    return lines;
  };
  for (const finding of [...report.findings].sort((a, b) => rank(a) - rank(b))) {
    branch(finding.member).push(findingLine(finding));
  }
  for (const { reason, member } of report.unseen) {
    branch(member).push(`${paint('cyan', 'not seen'.padEnd(8))}  ${showText(reason)}`);
  }
  const entries = [...branches];
  entries.forEach(([member, lines], at) => {
    const last = at === entries.length - 1;
    const indent = member === '' ? '' : last ? '   ' : '│  ';
    if (member !== '') print(`  ${last ? '└─' : '├─'} ${showText(member)}`);
    for (const line of lines.slice(0, MOST_SHOWN)) print(`  ${indent}${line}`);
    if (lines.length > MOST_SHOWN)
      print(`  ${indent}${paint('dim', `and ${lines.length - MOST_SHOWN} more (--json has them)`)}`);
  });
}

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A line for each kind: `models  org/model-7b (safetensors, in 3 files), …`. */
function printInventory(items: readonly (AiAsset & { files?: number })[]): void {
  if (items.length === 0) return;
  print(paint('bold', 'AI inventory'));
  for (const [kind, word] of Object.entries(KINDS)) {
    const of = items.filter((item) => item.kind === kind);
    if (of.length === 0) continue;
    const shown = of.slice(0, MOST_ITEMS).map(({ name, detail, files = 1 }) => {
      const aside = [detail ?? '', files > 1 ? `in ${files} files` : ''].filter((part) => part !== '').join(', ');
      return `${showText(shorten(name, 60))}${aside === '' ? '' : paint('dim', ` (${showText(shorten(aside, 50))})`)}`;
    });
    const more = of.length > MOST_ITEMS ? paint('dim', `, and ${of.length - MOST_ITEMS} more`) : '';
    print(`  ${word.padEnd(12)}  ${shown.join(', ')}${more}`);
  }
}

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Prints a workstation: what it holds of AI, then what was found, the worst first. */
export function printEndpoint({ home, tools, models, datasets, assets, findings, unread, files }: AiInventory): void {
  print(`${paint('bold', showText(home))}  ${paint('dim', `${plural(files, 'file')} read`)}`);
  if (tools.length > 0) print(`  ${'programs'.padEnd(12)}  ${tools.map(({ name }) => showText(name)).join(', ')}`);
  printInventory([
    ...models.map((model) => ({
      kind: 'model' as const,
      name: model.name,
      detail: `${model.runtime}, ${bytes(model.bytes)}`,
    })),
    ...datasets.map((dataset) => ({ kind: 'dataset' as const, name: dataset.name, detail: bytes(dataset.bytes) })),
    ...assets,
  ]);
  for (const finding of [...findings].sort((a, b) => rank(a) - rank(b))) {
    print(`${findingLine(finding)}  ${showText(finding.path)}`);
  }
  for (const { path, reason } of unread)
    print(`${paint('cyan', 'not seen'.padEnd(8))}  ${showText(reason)}  ${showText(path)}`);
  if (tools.length + models.length + datasets.length + assets.length + findings.length === 0) {
    print('Nothing of AI was found here.');
  } else print(paint('dim', '--json is for what collects it: an EDR, an MDM.'));
}

export function printScanSummary({ summary, inventory, notes }: ScanReport, failed: boolean): void {
  printInventory(inventory);
  const { files, clean, suspicious, malicious, unanalyzed, suppressed, known } = summary;
  const parts = [
    [clean, 'clean', 'green'],
    [suspicious, 'suspicious', 'yellow'],
    [malicious, 'malicious', 'red'],
    [unanalyzed, 'unanalyzed', 'cyan'],
  ] as const;
  const counts = parts.filter(([count]) => count > 0).map(([count, word, style]) => paint(style, `${count} ${word}`));
  print(`${plural(files, 'file')}, ${bytes(summary.bytes)}: ${counts.join(', ') || 'nothing to look at'}`);
  const asides = [
    suppressed > 0 ? `${plural(suppressed, 'finding')} suppressed` : '',
    known > 0 ? `${plural(known, 'finding')} in the baseline` : '',
  ].filter((aside) => aside !== '');
  if (asides.length > 0) print(paint('dim', asides.join(', ')));
  for (const note of notes) print(`${paint('yellow', 'note')}  ${showText(note)}`);
  if (malicious > 0)
    print('Next: do not load these files. Quarantine them and ask where they came from; --json has every detail.');
  else if (suspicious > 0) print('Next: load these only from a maker you trust; the findings say what they would do.');
  else if (failed) print('Next: see the findings above; a finding you answer for goes into a file for --suppressions.');
  else if (unanalyzed > 0)
    print('Next: what was not seen may hold anything; --fail-on-unanalyzed makes it fail the gate.');
}
