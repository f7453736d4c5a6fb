// The rule file: errors name file, line and rule.
import { expect, it } from 'vitest';
import { parseSecretRules } from './rule.ts';

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
