// Credentials: every rule finds its example, placeholders pass, and a long key leaks from no stream.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkBounds } from '../testing/bounds.ts';
import { plainView, testContext } from '../testing/plain-view.ts';
import { SECRETS_FOLDER, SECRET_FILES, shippedSecrets } from '../testing/shipped-secrets.ts';
import { createSecretDetector, createSecretTailDetector } from './detector.ts';

interface Fixtures {
  readonly secrets: Record<string, string[]>;
  readonly clean?: readonly string[];
}
const rules = shippedSecrets();
const fixtures = SECRET_FILES.map(
  (name) => parse(readFileSync(join(SECRETS_FOLDER, `${name}.fixtures.yaml`), 'utf8')) as Fixtures,
);
const clean = fixtures.flatMap((each) => each.clean ?? []);
const detector = createSecretDetector(rules);
const tail = createSecretTailDetector(rules);
const find = (text: string) => detector.inspect(plainView(text), testContext());
const examples = fixtures.flatMap(({ secrets }) =>
  Object.entries(secrets).map(([rule, parts]) => [rule, parts.join('')] as const),
);

const LINE = 'Tm90QVJlYWxLZXlOb3RBUmVhbEtleU5vdEFSZWFsS2V5Tm90QVJlYWxLZXlOb3RB';
const pem = (lines: number, joint = '\n'): string =>
  [
    '-----BEGIN RSA PRIVATE KEY-----',
    ...Array.from({ length: lines }, () => LINE),
    'c2hvcnQ=',
    '-----END RSA PRIVATE KEY-----',
  ].join(joint);

describe('rules', () => {
  it('have an example each', () => {
    expect(examples.map(([rule]) => rule).sort()).toEqual(rules.rules.map((rule) => rule.id).sort());
  });

  it.each(examples)('%s finds its example', (rule, text) => {
    expect(find(text).map((found) => found.rule)).toContain(rule);
  });

  it('never show what they found', () => {
    for (const [, text] of examples) for (const { evidence } of find(text)) expect(evidence).toMatch(/^\*+ \(\d+\)$/);
  });

  it.each(clean)('let pass: %s', (text) => {
    expect(find(text)).toEqual([]);
  });
});

describe('long secrets', () => {
  /** Characters of the text that no finding covers. */
  const uncovered = (text: string): string => {
    const covered = [...text];
    for (const found of [...find(text), ...tail.inspect(plainView(text), testContext())]) {
      for (let i = found.start; i < found.end; i++) covered[i] = '';
    }
    return covered.join('');
  };

  it.each(['\n', '\r\n', '\\n', '" +\n"'])('covers the body of a key joined by %j', (joint) => {
    const rest = uncovered(`see ${pem(50, joint)} done`);
    expect(rest).toMatch(/^see /);
    expect(rest).toMatch(/ done$/);
    expect(rest).not.toMatch(/[A-Za-z0-9]{12}(?<!BEGIN.{0,20})(?<!PRIVATE)/);
    expect(rest.length).toBeLessThan(300);
  });

  it('covers a token of a kilobyte', () => {
    const token = `eyJhbGciOiJub25lIn0.eyJ${'c3ViIjoibm9ib2R5'.repeat(60)}.c2ln`;
    expect(uncovered(`token: ${token} end`)).toMatch(/^token: ?\s?end$/);
  });

  it('covers no prose behind a header', () => {
    const text = '-----BEGIN PRIVATE KEY----- starts such a file, and then follow some sixty-four characters a line.';
    expect(uncovered(text)).toBe(text);
  });
});

describe('bounds', () => {
  const texts = examples.map(([, text]) => text);
  const parts = [
    'password',
    ' = ',
    ': ',
    '"',
    'token',
    'https://u:',
    '@h.io',
    LINE,
    LINE.slice(0, 20),
    '\\n',
    ...texts.map((text) => text.slice(0, 12)),
  ];

  it('finds in pieces what it finds whole', () => {
    expect(checkBounds(detector, { fragments: [...texts, ...parts], runs: 150 })).toBeGreaterThan(80);
  });

  it('finds the example of every rule in pieces', () => {
    for (const text of texts) checkBounds(detector, { fragments: [text, ' and '], runs: 3, most: 3 });
  });

  it('finds tails in pieces as well', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${LINE}\n${LINE}\n`;
    const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2ln';
    const parts = ['\n', LINE, '=', '-----END', 'DEK-Info: x\n', 'a.b-', 'hvs.', `${LINE}\n`.repeat(60)];
    const fragments = [key, key, pem(3), `${token}${'x'.repeat(300)}`, token, ...parts];
    expect(checkBounds(tail, { fragments, runs: 60, most: 12 })).toBeGreaterThan(80);
  });
});
