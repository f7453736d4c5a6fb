// Recall and false alarms of the secret detector on the development corpora (which stay outside the repository) and on
// the code of the dependencies. Usage: npx tsx tools/eval-secrets.ts [--show [half]] [--code]
// The corpora are split in halves by their rules' names: misses of half `a` are shown (`--show`) and worked on, those of
// half `b` are counted alone, so that its figure says what to expect of secrets never seen.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createSecretDetector, createView } from '../src/detect/index.ts';
import { testContext } from '../src/detect/testing/plain-view.ts';
import { shippedSecrets } from '../src/detect/testing/shipped-secrets.ts';

const corpora = resolve(import.meta.dirname, '../../shared/data/prompts');
const modules = resolve(import.meta.dirname, '../node_modules');
const context = testContext({ direction: 'input', channel: 'user' });
const detector = createSecretDetector(shippedSecrets());
const find = (text: string) => detector.inspect(createView(text), context);

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

function halfOf(rule: string): 'a' | 'b' {
  return createHash('sha256').update(rule).digest()[31]! % 2 === 0 ? 'a' : 'b';
}

/** `hit of all`, with the 95% interval of Wilson (1927). */
function share(hit: number, all: number): string {
  const z = 1.96;
  const p = hit / all;
  const middle = p + (z * z) / (2 * all);
  const spread = z * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all));
  const percent = (x: number): string => (100 * x).toFixed(1);
  const [low, high] = [middle - spread, middle + spread].map((x) => percent(x / (1 + (z * z) / all)));
  return `${hit} of ${all} (${percent(p)}%; ${low}-${high})`;
}

type Tally = Map<string, [hit: number, all: number]>;

function count(tally: Tally, name: string, hit: boolean): void {
  const entry = tally.get(name) ?? [0, 0];
  tally.set(name, entry);
  entry[1]++;
  if (hit) entry[0]++;
}

function evaluateExamples(show: string | undefined): void {
  for (const file of ['secrets_gitleaks.jsonl.gz', 'secrets_noseyparker.jsonl.gz']) {
    const tally: Tally = new Map();
    for (const row of rowsOf(file)) {
      const half = halfOf(row.rule ?? '');
      const found = find(row.text);
      for (const name of ['all', `half ${half}`]) count(tally, `${row.label.padEnd(10)} ${name}`, found.length > 0);
      if (row.label === 'secret' && found.every((each) => each.severity === 'info')) {
        count(tally, `${row.label.padEnd(10)} not, or for information only`, found.length > 0);
      }
      if (show !== half || found.length > 0 === (row.label === 'secret')) continue;
      console.log(row.label, row.rule, found.map((f) => f.rule).join(), JSON.stringify(row.text.slice(0, 400)));
    }
    for (const [name, [hit, all]] of [...tally].sort()) console.log(`${file} ${name}: ${share(hit, all)}`);
  }
}

function report(title: string, texts: Iterable<readonly [place: string, text: string]>, show: boolean): void {
  const counts = new Map<string, number>();
  let looked = 0;
  let hit = 0;
  let characters = 0;
  for (const [place, text] of texts) {
    looked++;
    characters += text.length;
    const found = find(text);
    if (found.some((each) => each.severity !== 'info')) hit++;
    for (const f of found) {
      counts.set(f.rule, (counts.get(f.rule) ?? 0) + 1);
      if (show) console.log(place, f.rule, JSON.stringify(text.slice(Math.max(0, f.start - 60), f.end + 10)));
    }
  }
  console.log(`${title}, ${(characters / 1e6).toFixed(1)} million characters: a finding in ${share(hit, looked)}`);
  for (const [rule, number] of [...counts].sort()) console.log(`  ${rule.padEnd(36)} ${number}`);
}

function* benignTexts(): Iterable<readonly [string, string]> {
  for (const file of readdirSync(corpora).filter((name) => name.endsWith('.gz') && !name.startsWith('secrets'))) {
    for (const row of rowsOf(file)) yield [file, row.text];
  }
}

/** About 3000 files of the dependencies, the same ones every time. */
function* dependencyTexts(): Iterable<readonly [string, string]> {
  const names = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:[cm]?js|ts|json|md|ya?ml)$/.test(name))
    .map((name) => [createHash('sha256').update(name).digest('hex'), name] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  let taken = 0;
  for (const [, name] of names) {
    const { size } = statSync(join(modules, name));
    if (size === 0 || size > 300_000) continue;
    yield [name, readFileSync(join(modules, name), 'utf8')];
    if (++taken === 3000) return;
  }
}

const at = process.argv.indexOf('--show');
const show = at < 0 ? undefined : (process.argv[at + 1] ?? 'a');
if (!existsSync(corpora)) {
  console.log('../shared/data/prompts is not here: the corpora are kept apart from the repository.');
} else {
  evaluateExamples(show);
  report('prompts and documents without secrets', benignTexts(), show !== undefined);
}
if (process.argv.includes('--code')) report('files of the dependencies', dependencyTexts(), show !== undefined);
