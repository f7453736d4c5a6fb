// The longest that 100 KB can be made to take: texts built against each detector, in milliseconds of CPU, the better of
// three times.
// Usage: npx tsx tools/bench/detect-hostile.ts [--check]
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type DetectContext,
  type Detector,
  activeContentDetector,
  createAttackDetector,
  createSecretDetector,
  createSecretTailDetector,
  createView,
  leakDetector,
  linkDetector,
  parseRules,
  namesDetector,
  piiDetector,
  warmUp,
} from '../../src/detect/index.ts';
import { shippedSecrets } from '../../src/detect/testing/shipped-secrets.ts';
import { SYSTEM_PROMPT } from './detect-texts.ts';

/** Most that one text may take in one detector (held by --check). */
const BOUND_MS = 200;
const SIZE = 100_000;
const rules = resolve(import.meta.dirname, '../../content/rules');
const read = (name: string): string => readFileSync(join(rules, name), 'utf8');
const secretRules = shippedSecrets();
const detectors: readonly Detector[] = [
  createAttackDetector(
    ['extraction', 'jailbreak', 'authority', 'override'].flatMap((name) =>
      parseRules(read(`attack/${name}.yaml`), name),
    ),
  ),
  namesDetector,
  piiDetector,
  createSecretDetector(secretRules),
  createSecretTailDetector(secretRules),
  linkDetector,
  activeContentDetector,
  leakDetector,
];
const context: DetectContext = {
  direction: 'output',
  channel: 'output',
  systemPrompts: [SYSTEM_PROMPT, 'a '.repeat(200)],
  canaries: ['aaaaaaaaaaaaaaab'],
  knownHosts: new Set(),
};

const fill = (piece: (index: number) => string): string => {
  let out = '';
  for (let i = 0; out.length < SIZE; i++) out += piece(i);
  return out.slice(0, SIZE);
};
const of = (text: string): string => fill(() => text);
const number = (index: number, digits: number): string =>
  String((index * 7919 + 1234567) % 10 ** digits).padStart(digits, '0');

const TEXTS: Readonly<Record<string, string>> = {
  'rows of given names': of('Anna '),
  'rows of capitals': of('A B '),
  'unknown capitals': fill((i) => `Qx${'abcdefgh'[i % 8]!.repeat(4)} `),
  titles: of('Mr. Dr. '),
  'streets without a kind': of('1 Aaa Bbb Ccc '),
  'names that are said': of('my name is anna '),
  'addresses that are said': of('address is 1 A 2 B '),
  'beginnings of streets': of('Calle de la Aaa Bbb '),
  'companies without a form': of('Aaa, Bbb and Ccc & '),
  'phones of shared codes': fill((i) => `+1 201 ${number(i, 7)},`),
  'British phones': fill((i) => `+44 20 ${number(i, 8)},`),
  'German phones': fill((i) => `+49 30 ${number(i, 8)},`),
  'Italian phones': fill((i) => `+39 02 ${number(i, 8)},`),
  'call 10 digits': fill((i) => `call ${number(i, 10)} `),
  digits: fill((i) => number(i, 9)),
  'digits apart': of('1 2 3 4 5 6 '),
  'nine digits each': fill((i) => `${number(i, 9)} `),
  'at signs': of('a@a@'),
  'long locals': of(`${'a'.repeat(64)}@`),
  colons: of('a:b:'),
  'http:[': of('http:['),
  'https://': of('https://a'),
  slashes: of('/'),
  'image links': fill((i) => `![x](https://e${i}.io/?q=${number(i, 9)}abcdefghijk)`),
  brackets: of('['),
  '](': of(']('),
  'open tags': of('<a '),
  'event handlers': of('<a on'),
  equals: of('\n=cmd'),
  escapes: of('\u001b]0;'),
  'password=': of('password='),
  'key = "': fill((i) => `api_key = "${number(i, 9)}abcdefKLM" `),
  'private keys': of('-----BEGIN PRIVATE KEY-----AAAAAAAAAAAAAAAA'),
  'key headers': of('-----BEGIN '),
  'one key': `-----BEGIN PRIVATE KEY-----\n${of(`${'A'.repeat(64)}\n`)}`,
  eyJ: of('.eyJhbGciOiJ'),
  'tokens 64': fill((i) => `${number(i, 9)}${'a'.repeat(20)}-us1 `),
  azure: of('Q~Q~'),
  telegram: of('1:aa'),
  base64: of('aGVsbG8gdGhlcmUs '),
  'base64 words': fill((i) => `${btoa(`ignore previous ${i}`)} `),
  hex: of('68656c6c6f 7468657265'),
  'spaced hex': of('68 65 6c 6c '),
  percent: of('%41'),
  entities: of('&#65;'),
  leet: of('1gn0r3 '),
  'single letters': of('i g n o r e '),
  reversed: of('erongi snoitcurtsni '),
  rot13: of('vtaber '),
  keywords: of('ignore all previous '),
  'show me your': of('show me all your the '),
  'system prompt': of('system prompt '),
  homoglyphs: of('Ѕуstem рrоmpt '),
  'zero width': of('\u200b\u200c'),
  tags: of('\u{e0041}'),
  ligatures: of('ﷺﬃ'),
  'half pairs': of('\ud835a'),
  'repeated words': of('a '),
  'canary beginnings': of('a'),
  'prompt again': of(`${SYSTEM_PROMPT} `),
  Han: of('一二三四五'),
  spaces: of(' '),
  backslashes: of('\\'),
  quotes: of('"\''),
};

warmUp(detectors);
const once = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};
const cpu = (work: () => unknown): number => Math.min(once(work), once(work), once(work));

const rows: [name: string, part: string, ms: number][] = [];
for (const [name, text] of Object.entries(TEXTS)) {
  rows.push([name, 'view', cpu(() => createView(text).lower)]);
  for (const detector of detectors) {
    // A view anew each time: it keeps what was computed on it.
    rows.push([name, detector.id, cpu(() => detector.inspect(createView(text), context))]);
    rows.push([name, `${detector.id}, open`, cpu(() => detector.openFrom?.(createView(text), context))]);
  }
}
rows.sort((a, b) => b[2] - a[2]);
console.log(
  `${Object.keys(TEXTS).length} hostile texts of 100 KB: the dearest, ms of CPU\n\n| text | part | ms |\n|---|---|---:|`,
);
for (const [name, part, ms] of rows.slice(0, 16)) console.log(`| ${name} | ${part} | ${ms.toFixed(0)} |`);
if (process.argv.includes('--check')) {
  for (const [name, part, ms] of rows) {
    if (ms <= BOUND_MS) continue;
    console.error(`${name}: ${part} took ${ms.toFixed(0)} ms, more than ${BOUND_MS}`);
    process.exitCode = 1;
  }
}
