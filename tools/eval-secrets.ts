// Recall and false alarms of the secret detector on the development corpora (which stay outside the repository).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createSecretDetector, createView, parseSecretRules, type DetectContext } from '../src/detect/index.ts';

const corpora = resolve(import.meta.dirname, '../../shared/data/prompts');
const rulesFile = resolve(import.meta.dirname, '../content/rules/secrets.yaml');
const context: DetectContext = {
  direction: 'input',
  channel: 'user',
  systemPrompts: [],
  canaries: [],
  knownHosts: new Set(),
};

interface Row {
  readonly text: string;
  readonly label: string;
  readonly rule?: string;
}

function rowsOf(file: string): Row[] {
  const lines = gunzipSync(readFileSync(join(corpora, file)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

function evaluate(show: boolean): void {
  const detector = createSecretDetector(parseSecretRules(readFileSync(rulesFile, 'utf8'), rulesFile));
  const find = (text: string) => detector.inspect(createView(text), context);
  for (const file of ['secrets_gitleaks.jsonl.gz', 'secrets_noseyparker.jsonl.gz']) {
    const tally = new Map<string, [hit: number, all: number]>();
    for (const row of rowsOf(file)) {
      const entry = tally.get(row.label) ?? [0, 0];
      tally.set(row.label, entry);
      entry[1]++;
      const found = find(row.text);
      if (found.length > 0) entry[0]++;
      if (!show || found.length > 0 === (row.label === 'secret')) continue;
      console.log(row.label, row.rule, found.map((f) => f.rule).join(), JSON.stringify(row.text.slice(0, 160)));
    }
    for (const [label, [hit, all]] of tally) {
      console.log(`${file} ${label}: found in ${hit} of ${all} (${((100 * hit) / all).toFixed(1)}%)`);
    }
  }
  const counts = new Map<string, number>();
  let texts = 0;
  for (const file of readdirSync(corpora).filter((name) => name.endsWith('.gz') && !name.startsWith('secrets'))) {
    for (const row of rowsOf(file)) {
      texts++;
      for (const f of find(row.text)) {
        counts.set(f.rule, (counts.get(f.rule) ?? 0) + 1);
        if (show) console.log(file, f.rule, JSON.stringify(row.text.slice(Math.max(0, f.start - 40), f.end + 10)));
      }
    }
  }
  console.log(`${texts} other texts: findings`);
  for (const [rule, count] of [...counts].sort()) console.log(rule.padEnd(32), count);
}

if (!existsSync(corpora)) {
  console.log(
    '../shared/data/prompts is not here: the corpora are kept apart from the repository; nothing was measured.',
  );
} else evaluate(process.argv.includes('--show'));
