// What looking costs: CPU microseconds per 2 KB of text, for the view, the layers, each detector, and all of them as
// the guard runs them. Usage: npx tsx tools/bench/detect.ts [--json] [--check] [--rounds N] [--only PART]
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  Classifier,
  type DetectContext,
  type Detector,
  activeContentDetector,
  answerShapeDetector,
  createAttackDetector,
  createSecretDetector,
  createSecretTailDetector,
  createView,
  groundingDetector,
  leakDetector,
  linkDetector,
  parseRules,
  namesDetector,
  parseModel,
  piiDetector,
  schemaDetector,
} from '../../src/detect/index.ts';
import { shippedSecrets } from '../../src/detect/testing/shipped-secrets.ts';
import { KINDS, SYSTEM_PROMPT, makeTexts } from './detect-texts.ts';

/** Most that the classifier, and all detectors of answers, may cost on plain English, microseconds per 2 KB (held by --check). */
const BOUND_US = 150;
const SIZE = 2048;
const rules = resolve(import.meta.dirname, '../../content/rules');
const read = (name: string): string => readFileSync(join(rules, name), 'utf8');

const classifier = new Classifier(parseModel(readFileSync(resolve(rules, '../models/prompt-attack.bin'))));
const attack = createAttackDetector(
  ['extraction', 'jailbreak', 'authority', 'override'].flatMap((name) => parseRules(read(`attack/${name}.yaml`), name)),
  classifier,
);
const secretRules = shippedSecrets();
const detectors: Readonly<Record<string, readonly Detector[]>> = {
  attack: [attack],
  pii: [piiDetector],
  names: [namesDetector],
  'secrets + tail': [createSecretDetector(secretRules), createSecretTailDetector(secretRules)],
  'link + active content': [linkDetector, activeContentDetector],
  leak: [leakDetector],
  'answer shape': [answerShapeDetector],
  'grounding, no documents': [groundingDetector],
};
const every = [...Object.values(detectors).flat(), schemaDetector];

const contextOf = (channel: DetectContext['channel'], systemPrompts: readonly string[] = []): DetectContext => ({
  direction: channel === 'output' ? 'output' : 'input',
  channel,
  systemPrompts,
  canaries: systemPrompts.length === 0 ? [] : ['cnry-5d1f0c'],
  knownHosts: new Set(['example.com']),
});
const output = contextOf('output');
const prompted = contextOf('output', [SYSTEM_PROMPT]);

/** One thing measured: given a text, does its work. */
type Work = (text: string) => void;

const judge =
  (among: readonly Detector[], context: DetectContext): Work =>
  (text) => {
    const view = createView(text);
    for (const each of among) if (each.appliesTo(context.channel, context.direction)) each.inspect(view, context);
  };

function classify(text: string, way: 'direct' | 'indirect'): void {
  const view = createView(text);
  classifier.read(view.folded, view.lower, way);
}

const PARTS: Readonly<Record<string, Work>> = {
  view: (text) => void createView(text).lower,
  'normalise + classify, user': (text) => classify(text, 'direct'),
  'normalise + classify, document': (text) => classify(text, 'indirect'),
  'attack: user': judge([attack], contextOf('user')),
  layers: (text) => void createView(text).layers(),
  ...Object.fromEntries(Object.entries(detectors).map(([name, among]) => [name, judge(among, output)])),
  'leak, 2 KB prompt': judge([leakDetector], prompted),
  'grounding, documents anew': (text) =>
    judge([groundingDetector], { ...output, documents: { texts: [text.slice(64)], said: [] } })(text),
  'all: user': judge(every, contextOf('user')),
  'all: tool_result': judge(every, contextOf('tool_result')),
  'all: output': judge(every, prompted),
};

/** CPU microseconds of one pass over all texts, per text. */
function measure(work: Work, texts: readonly string[]): number {
  const before = process.cpuUsage();
  for (const text of texts) work(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / texts.length;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const rounds = Number(option('--rounds') ?? 15);
const only = option('--only');
const kindOnly = option('--kind');

const results: Record<string, Record<string, number>> = {};
for (const [part, work] of Object.entries(PARTS)) {
  if (only !== undefined && part !== only) continue;
  const row: Record<string, number> = (results[part] = {});
  for (const kind of KINDS) {
    if (kindOnly !== undefined && kind !== kindOnly) continue;
    // Every round has texts of its own: nothing that V8 or a detector remembers of a string can help.
    const sets = Array.from({ length: rounds + 4 }, (_, round) => makeTexts(kind, 100, SIZE, round));
    for (const warm of sets.slice(0, 4)) measure(work, warm);
    row[kind] = Number(median(sets.slice(4).map((texts) => measure(work, texts))).toFixed(1));
  }
}

/** Sizes, characters, over which the cost is to grow in proportion; each with so many texts a round. */
const GROWTH = [
  [SIZE, 256],
  [65_536, 16],
  [1_048_576, 2],
] as const;
const GROWTH_ROUNDS = 5;
/** A megabyte may cost so many times what as much text in short pieces costs. */
const GROWTH_BOUND = 1.5;

/** Microseconds per 2 KB at each size, sizes interleaved within a round, texts new in each. */
function measureGrowth(work: Work): number[] {
  const rounds = Array.from({ length: GROWTH_ROUNDS + 1 }, (_, round) =>
    GROWTH.map(([size, count]) => {
      const texts = makeTexts('English', count, size, 1000 + round);
      if (texts.some((text) => text.length < size / 2)) throw new Error('a text is shorter than asked for');
      return (measure(work, texts) * SIZE) / size;
    }),
  );
  return GROWTH.map((_, at) => median(rounds.slice(1).map((round) => round[at]!)));
}

const growth = Object.fromEntries(
  ['normalise + classify, user', 'normalise + classify, document'].map((part) => [part, measureGrowth(PARTS[part]!)]),
);

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ growth, unit: 'us of CPU per 2 KB', node: process.version, results }));
} else {
  const kinds = KINDS.filter((kind) => kindOnly === undefined || kind === kindOnly);
  console.log(`us of CPU per 2 KB of text, median of ${rounds} rounds, ${process.version}\n`);
  console.log(`| | ${kinds.join(' | ')} |`);
  console.log(`|---|${kinds.map(() => '---:').join('|')}|`);
  for (const [part, row] of Object.entries(results)) {
    console.log(`| ${part} | ${kinds.map((kind) => row[kind]!.toFixed(1)).join(' | ')} |`);
  }
}
if (!process.argv.includes('--json')) {
  console.log(`\n| English, us per 2 KB, in texts of | 2 KB | 64 KB | 1 MB |\n|---|---:|---:|---:|`);
  for (const [part, costs] of Object.entries(growth)) {
    console.log(`| ${part} | ${costs.map((cost) => cost.toFixed(1)).join(' | ')} |`);
  }
}
if (process.argv.includes('--check')) {
  for (const [part, costs] of Object.entries(growth)) {
    if (costs.at(-1)! <= GROWTH_BOUND * costs[0]!) continue;
    console.error(`${part}: a megabyte costs ${(costs.at(-1)! / costs[0]!).toFixed(2)} times what short texts do`);
    process.exitCode = 1;
  }
  for (const part of ['normalise + classify, user', 'normalise + classify, document', 'all: output']) {
    const cost = results[part]?.['English'] ?? 0;
    if (cost <= BOUND_US) continue;
    console.error(`${part}: ${cost} us on plain English, more than ${BOUND_US}`);
    process.exitCode = 1;
  }
}
