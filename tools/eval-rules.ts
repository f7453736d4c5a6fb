// Prints what the shipped attack rules find in the development corpora: recall by attack source, false alarms by
// benign source. Usage: npx tsx tools/eval-rules.ts [threshold] [source whose misses or false alarms are listed]
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Channel, TextFinding } from '../src/contract/index.ts';
import { createAttackDetector, createView, injectionScore, parseRules } from '../src/detect/index.ts';

const root = resolve(import.meta.dirname, '..');
const corpus = resolve(root, '../shared/data/prompts');
if (!existsSync(corpus)) {
  console.log(`no corpora at ${corpus}: nothing to evaluate`);
  process.exit(0);
}
const threshold = Number(process.argv[2] ?? 0.5);
const listed = process.argv[3];

const folder = join(root, 'content/rules/attack');
const rules = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.fixtures.yaml'))
  .flatMap((name) => parseRules(readFileSync(join(folder, name), 'utf8'), name));
const detector = createAttackDetector(rules);

interface Row {
  readonly text: string;
  readonly label: string;
  readonly channel?: string;
}

function judge({ text, channel }: Row): readonly TextFinding[] {
  const context = {
    direction: 'input' as const,
    channel: (channel === 'indirect' ? 'document' : 'user') as Channel,
    systemPrompts: [],
    canaries: [],
    knownHosts: new Set<string>(),
  };
  return detector.inspect(createView(text), context);
}

const perRule = new Map<string, { attack: number; benign: number }>();
for (const name of readdirSync(corpus).filter((file) => file.endsWith('.jsonl.gz'))) {
  const source = name.replace('.jsonl.gz', '');
  if (listed !== undefined && source !== listed) continue;
  const rows = gunzipSync(readFileSync(join(corpus, name)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const counts = new Map<string, { all: number; flagged: number; high: number; time: number }>();
  for (const row of rows) {
    const attack = row.label === 'injection' || row.label === 'jailbreak';
    const started = performance.now();
    const findings = judge(row);
    const time = performance.now() - started;
    const flagged = injectionScore(findings) >= threshold;
    const high = findings.some((found) => found.severity === 'high' || found.severity === 'critical');
    const count = counts.get(row.label) ?? { all: 0, flagged: 0, high: 0, time: 0 };
    counts.set(row.label, count);
    count.all++;
    count.time += time;
    if (flagged) count.flagged++;
    if (flagged && high) count.high++;
    for (const rule of new Set(findings.map((found) => found.rule))) {
      const tally = perRule.get(rule) ?? { attack: 0, benign: 0 };
      perRule.set(rule, tally);
      if (attack) tally.attack++;
      else tally.benign++;
    }
    if (listed !== undefined && attack !== flagged) {
      const names = [
        ...new Set(findings.map((found) => `${found.rule}@${row.text.slice(found.start, found.end).slice(0, 80)}`)),
      ];
      console.log(`${row.label}: ${row.text.replace(/\s+/g, ' ').slice(0, 260)}\n     ${names.join(' | ')}`);
    }
  }
  for (const [label, { all, flagged, high, time }] of counts) {
    const share = ((100 * flagged) / all).toFixed(2).padStart(6);
    console.log(
      `${source.padEnd(34)} ${label.padEnd(11)} flagged ${share}%  ${flagged}/${all}  high ${high}  ${((1000 * time) / all).toFixed(0)} us each`,
    );
  }
}
console.log('\nrule: texts of attacks / of others');
for (const [rule, { attack, benign }] of [...perRule].sort()) console.log(`${rule.padEnd(40)} ${attack} / ${benign}`);
