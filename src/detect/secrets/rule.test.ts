// The rule files: the short forms are spelled out, errors name file, line and rule.
import { expect, it } from 'vitest';
import { parseSecretFiles, parseSecretRules } from './rule.ts';

const file = (fields: string): string => `version: '1'\nrules:\n  - id: secret.a\n    keywords: ['abc']\n${fields}`;
const rest = "    severity: high\n    message: 'x'\n";

it('parses a rule and fills in what is left out', () => {
  const { rules } = parseSecretRules(file(`    pattern: 'abc[0-9]{4}'\n${rest}`), 'f.yaml');
  expect(rules[0]).toMatchObject({
    id: 'secret.a',
    shape: 'token',
    before: 0,
    techniques: ['LLM02:2025', 'AML.T0055'],
  });
});

const form = (fields: string): string => `version: '1'\nrules:\n  - id: secret.a\n${fields}    message: 'x'\n`;

it('spells out a token that stands alone, with its beginning as the keyword', () => {
  const [rule] = parseSecretRules(form("    token: 'abc_[0-9]{4}'\n"), 'f.yaml').rules;
  const pattern = new RegExp(rule!.pattern);
  expect(rule!.keywords).toEqual(['abc_']);
  expect(rule!.severity).toBe('high');
  for (const text of ['abc_1234', 'x_abc_1234.', '"\\nabc_1234"', 'k%3Dabc_1234']) expect(text).toMatch(pattern);
  for (const text of ['xabc_1234', 'abc_12345', 'abc_123']) expect(text).not.toMatch(pattern);
});

it('spells out a value behind its name', () => {
  const [rule] = parseSecretRules(form("    keywords: ['acme']\n    assigned: '[a-f0-9]{8}'\n"), 'f.yaml').rules;
  const pattern = new RegExp(rule!.pattern, 'i');
  const texts = [
    ...[
      'ACME_KEY=0123abcd',
      'acme: { token: "0123abcd" }',
      "acme.apiKey = '0123abcd'",
      '<acme-key>0123abcd</acme-key>',
    ],
    ...['curl https://acme.example -H "Authorization: Bearer 0123abcd"', 'acme:\n  secret: 0123abcd\n'],
  ];
  for (const text of texts) expect(pattern.exec(text)?.groups?.['secret']).toBe('0123abcd');
  for (const text of ['acme at commit 0123abcd', 'ACME_KEY=0123abcde', 'acme-0123abcd'])
    expect(text).not.toMatch(pattern);
});

it.each([
  ['text that is not YAML', 'rules: [', /not YAML/, /f\.yaml:1/],
  ['a field it does not know', file(`    pattern: 'abc'\n    colour: red\n${rest}`), /secret\.a.*colour/, /f\.yaml:3/],
  [
    'a severity it does not know',
    file("    pattern: 'abc'\n    severity: awful\n    message: x\n"),
    /secret\.a.*severity/,
    /f\.yaml:6/,
  ],
  ['a keyword in capitals', file(`    pattern: 'abc'\n${rest}`).replace("'abc'", "'ABC'"), /lower case/, /f\.yaml:4/],
  ['a pattern without a bound', file(`    pattern: 'abc[0-9]+'\n${rest}`), /secret\.a.*no bound/, /f\.yaml:3/],
  ['a pattern with an open count', file(`    pattern: 'abc[0-9]{4,}'\n${rest}`), /no bound/, /f\.yaml:3/],
  ['a rule of two forms', file(`    pattern: 'abc'\n    token: 'abc'\n${rest}`), /secret\.a.*one of/, /f\.yaml:3/],
  ['a rule of no form', file(rest), /secret\.a.*one of/, /f\.yaml:3/],
  ['a token without a gate', form("    token: '[0-9]{4}'\n"), /secret\.a.*keywords/, /f\.yaml:3/],
  ['a value without a name', form("    assigned: '[0-9]{4}'\n"), /secret\.a.*keywords/, /f\.yaml:3/],
  ['a pattern that is none', file(`    pattern: 'abc('\n${rest}`), /not a regular expression/, /f\.yaml:3/],
])('refuses %s', (_name, text, message, at) => {
  let thrown: unknown;
  try {
    parseSecretRules(text, 'f.yaml');
  } catch (fault) {
    thrown = fault;
  }
  expect(thrown).toMatchObject({
    code: 'rules_invalid',
    message: expect.stringMatching(message),
    at: expect.stringMatching(at),
  });
});

it('refuses two rules of one id', () => {
  const rule = `  - id: secret.a\n    keywords: ['abc']\n    pattern: 'abc'\n${rest}`;
  expect(() => parseSecretRules(`version: '1'\nrules:\n${rule}${rule}`, 'f.yaml')).toThrow(/twice/);
});

it('joins files, and refuses a rule that two of them have', () => {
  const text = file(`    pattern: 'abc'\n${rest}`);
  const other = { text: text.replace('secret.a', 'secret.b').replace("'1'", "'2'"), file: 'g.yaml' };
  const { version, rules } = parseSecretFiles([{ text, file: 'f.yaml' }, other]);
  expect(version).toBe('1+2');
  expect(rules.map((rule) => rule.id)).toEqual(['secret.a', 'secret.b']);
  expect(() =>
    parseSecretFiles([
      { text, file: 'f.yaml' },
      { text, file: 'h.yaml' },
    ]),
  ).toThrow(/two files/);
});
