// Rule files: what a wrong one is told, and what keeps a pattern's work bounded.
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { compilePattern, findPatternFault } from './rule-pattern.ts';
import { parseRules } from './rule.ts';

const rule = (fields: string): string => `words:
  verb: [drop, 'let go']
rules:
  - id: injection.sample
    class: injection
    severity: high
    score: 0.8
    maturity: stable
    languages: [en]
    techniques: [AML.T0051]
    message: A sample rule for the tests.
${fields}`;

function faultOf(yaml: string): AncileError {
  try {
    parseRules(yaml, 'own.yaml');
  } catch (thrown) {
    if (thrown instanceof AncileError) return thrown;
  }
  throw new Error('the rule file was accepted');
}

it('puts word lists into keywords and patterns', () => {
  const [parsed] = parseRules(rule("    keywords: ['{{verb}}', shed]\n    pattern: '{{verb}} it'"), 'own.yaml');
  expect(parsed!.keywords).toEqual(['drop', 'let go', 'shed']);
  expect(parsed!.pattern).toBe('(?:let go|drop) it');
});

it.each([
  ['a missing gate', '    pattern: "a"', /rules\.0\.keywords/, 'own.yaml:4 rule injection.sample'],
  ['an unknown field', '    keywords: [abc]\n    colour: red', /colour/, 'own.yaml:4 rule injection.sample'],
  [
    'an unknown word list',
    "    keywords: ['{{noun}}']",
    /no word list is named "noun"; there is: verb/,
    'own.yaml:12 rule injection.sample',
  ],
  [
    'endless repetition',
    '    keywords: [abc]\n    pattern: "a+b"',
    /unbounded repetition "\+"/,
    'own.yaml:13 rule injection.sample',
  ],
  ['broken YAML', '    keywords: [abc', /own\.yaml/, undefined],
  [
    'a broken expression',
    '    keywords: [abc]\n    pattern: "a{3,1}"',
    /own\.yaml: rules\.0\.pattern/,
    'own.yaml:13 rule injection.sample',
  ],
])('names file, line and rule of %s', (_, fields, message, at) => {
  const fault = faultOf(rule(fields));
  expect(fault.code).toBe('rules_invalid');
  expect(fault.message).toMatch(message);
  expect(fault.hint).toBeTruthy();
  if (at !== undefined) expect(fault.at).toBe(at);
});

it('refuses an id of another class, a rule given twice, and an aliased bomb', () => {
  expect(faultOf(rule('    keywords: [abc]').replace('id: injection', 'id: jailbreak')).message).toMatch(/begins with/);
  const once = rule('    keywords: [abc]');
  const twice = `${once}\n${once.slice(once.indexOf('  - id'))}`;
  expect(faultOf(twice).message).toMatch(/twice/);
  const bomb = `a: &a [x,x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}`;
  expect(() => parseRules(bomb, 'own.yaml')).toThrow();
});

it.each([
  '(a{1,9}){1,9}',
  'a*',
  '(?:ab)+',
  'a{3,}',
  '(a)\\1',
  '.{0,900}',
  '[a',
  '(a',
  'a)',
  'ABC',
  '.{0,99}.{0,99}.{0,99}.{0,99}.{0,99}',
])('refuses %s', (pattern) => {
  expect(findPatternFault(pattern)).toBeTypeOf('string');
});

it.each(['\\bignore (?:all |the ){0,3}rules?\\b', '[^.!?]{0,40}x', '(?:a|b)c?', '\\p{L}{1,20}', 'a{2}'])(
  'accepts %s',
  (pattern) => {
    expect(findPatternFault(pattern)).toBeUndefined();
  },
);

it('reads a space as a gap and an edge in any script', () => {
  expect('drop -- the rules').toMatch(compilePattern('drop the\\b'));
  expect('droop').not.toMatch(compilePattern('\\boop\\b'));
  expect('снова').not.toMatch(compilePattern('\\bова\\b'));
});
