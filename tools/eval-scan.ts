// How good the scanner is on the labelled model files: by family, format and technique, with every miss and every false
// alarm named. Usage: npm run eval:scan [-- --json] [-- --corpus DIR]
// A file counts as flagged when it is suspicious or malicious. Files are parsed, never loaded.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { FileReport } from '../src/contract/index.ts';
import { scanFile, shippedScanner } from '../src/scan/index.ts';
import { wilson } from '../src/stats/index.ts';

const root = resolve(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: resolve(root, '../shared/data/models') },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const corpus = resolve(flags.corpus);
if (!existsSync(join(corpus, 'labels.json'))) {
  console.log(`no corpus at ${corpus}: nothing to evaluate`);
  process.exit(0);
}

const Labels = z.array(
  z.object({
    path: z.string(),
    format: z.string(),
    malicious: z.boolean(),
    technique: z.string(),
    score: z.boolean(),
    tier: z.string().optional(),
  }),
);
type Label = z.infer<typeof Labels>[number];

/** The formats that end in a pickle. */
const PICKLE_FAMILY = new Set(['pickle', 'pytorch', 'numpy', 'joblib', '7z', 'zip']);
const isFlagged = ({ verdict }: FileReport): boolean => verdict === 'suspicious' || verdict === 'malicious';

const scanner = shippedScanner();
const labels = Labels.parse(JSON.parse(readFileSync(join(corpus, 'labels.json'), 'utf8')) as unknown);
const from = performance.now();
const rows = labels.map((label) => ({ label, report: scanFile(scanner, join(corpus, label.path), label.path) }));
const took = performance.now() - from;
const judged = rows.filter(({ label }) => label.score);

interface Tally {
  readonly name: string;
  readonly hit: number;
  readonly of: number;
}
const tally = (name: string, of: typeof rows): Tally => ({
  name,
  hit: of.filter(({ report }) => isFlagged(report)).length,
  of: of.length,
});
const by = (of: typeof rows, key: (label: Label) => string): Map<string, typeof rows> => {
  const groups = new Map<string, typeof rows>();
  for (const row of of) groups.set(key(row.label), [...(groups.get(key(row.label)) ?? []), row]);
  return groups;
};

const bad = judged.filter(({ label }) => label.malicious);
const good = judged.filter(({ label }) => !label.malicious);
const inFamily = (label: Label): boolean => PICKLE_FAMILY.has(label.format);
const families = [
  tally(
    'pickle family, malicious',
    bad.filter(({ label }) => inFamily(label)),
  ),
  tally(
    'other formats, malicious',
    bad.filter(({ label }) => !inFamily(label)),
  ),
  tally('all benign', good),
  tally(
    'real-library benign',
    good.filter(({ label }) => label.tier === 'real' || label.path.startsWith('benign/')),
  ),
];
const describe = ({ label, report }: (typeof rows)[number]): string =>
  `${label.path}  [${label.format}: ${label.technique}]  ${report.verdict} ${report.format}` +
  (report.findings.length > 0 ? `; ${report.findings[0]!.rule}: ${report.findings[0]!.message}` : '') +
  (report.unseen.length > 0 ? `; not seen: ${report.unseen[0]!.reason}` : '');
const misses = bad.filter(({ report }) => !isFlagged(report)).map(describe);
const alarms = good.filter(({ report }) => isFlagged(report)).map(describe);
const blind = good.filter(({ report }) => report.verdict === 'unanalyzed').map(describe);

if (flags.json) {
  const formats = [...by(bad, ({ format }) => format)].map(([name, of]) => tally(name, of));
  console.log(JSON.stringify({ families, formats, misses, alarms, blind }));
} else {
  const line = ({ name, hit, of }: Tally): string => {
    const { low, high } = wilson(hit, of);
    const share = of === 0 ? '-' : `${((100 * hit) / of).toFixed(1)}%`;
    return `| ${name.padEnd(28)} | ${String(hit).padStart(4)} of ${String(of).padStart(4)} | ${share.padStart(6)} | ${(100 * low).toFixed(1)} - ${(100 * high).toFixed(1)}% |`;
  };
  console.log(`| flagged                      |         n    |  share |   95% interval |\n|---|---|---|---|`);
  for (const family of families) console.log(line(family));
  for (const [name, of] of [...by(bad, ({ format }) => format)].sort()) console.log(line(tally(name, of)));
  console.log(`\n${misses.length} missed:`);
  for (const miss of misses) console.log(`  ${miss}`);
  console.log(`\n${alarms.length} false alarms:`);
  for (const alarm of alarms) console.log(`  ${alarm}`);
  console.log(`\n${blind.length} benign files not analysed:`);
  for (const file of blind) console.log(`  ${file}`);
  console.log(`\n${rows.length} files in ${took.toFixed(0)} ms`);
}

if (flags.check) {
  const share = (at: number): number => families[at]!.hit / Math.max(1, families[at]!.of);
  const held = share(0) >= 0.97 && share(1) >= 0.92 && share(3) <= 0.01;
  console.log(
    held
      ? 'the bounds hold'
      : 'A BOUND DOES NOT HOLD (0.97 of the pickle family, 0.92 of the rest, at most 0.01 of benign)',
  );
  process.exitCode = held ? 0 : 1;
}
