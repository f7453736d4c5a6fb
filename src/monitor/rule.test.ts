// Rule files: what is wrong with one is told with file, rule and place.
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { bookRules } from './rule-book.ts';
import { parseMonitorRules } from './rule.ts';

const file = (select: string, when: string, by = '[principal]'): string => `rules:
  - id: own.rule
    title: A rule of one's own
    description: A rule of one's own, in a file of one's own.
    severity: high
    maturity: stable
    techniques: [AML.T0051]
    falsePositives: [tests of it]
    by: ${by}
    select:
      hits: ${select}
    when: ${when}
`;
const COUNT = '{ type: count, of: hits, window: 5m, atLeast: 3 }';

function fault(text: string): { at: string; message: string } {
  try {
    parseMonitorRules(text, 'own.yaml');
  } catch (thrown) {
    if (thrown instanceof AncileError && thrown.code === 'rules_invalid') {
      return { at: thrown.at!, message: thrown.message };
    }
    throw thrown;
  }
  throw new Error('it was taken');
}

it.each([
  [
    'a field that no record has',
    file('{ kind: exchange.opened, where: { findings.clas: injection } }', COUNT),
    'own.yaml:11 rule own.rule',
    'no field "findings.clas"',
  ],
  [
    'a modifier that does not exist',
    file('{ kind: exchange.opened, where: { findings.class|regex: a } }', COUNT),
    'own.yaml:11 rule own.rule',
    'no modifier is written "|regex"',
  ],
  [
    'a kind that does not exist',
    file('{ kind: exchange.begun }', COUNT),
    'own.yaml:11 rule own.rule',
    'select.hits.kind',
  ],
  [
    'a selection that is not there',
    file('{ kind: exchange.opened }', '{ type: count, of: misses, window: 5m, atLeast: 3 }'),
    'own.yaml:12 rule own.rule',
    'no selection is named "misses"',
  ],
  [
    'a member that does not exist',
    file('{ kind: exchange.opened }', '{ type: count, of: hits, window: 5m, atLeast: 3, within: 5m }'),
    'own.yaml:12 rule own.rule',
    'Unrecognized key',
  ],
  [
    'a group that records do not have',
    file('{ kind: exchange.opened }', COUNT, '[actors]'),
    'own.yaml:9 rule own.rule',
    'no field "actors"',
  ],
  [
    'a span that is none',
    file('{ kind: exchange.opened }', '{ type: count, of: hits, window: soon, atLeast: 3 }'),
    'own.yaml:12 rule own.rule',
    'expected a span',
  ],
  [
    'a baseline too long',
    file('{ kind: exchange.opened }', '{ type: shift, of: hits, window: 1m, baseline: 30d, factor: 3, least: 10 }'),
    'own.yaml:12 rule own.rule',
    '2 to 50 times',
  ],
  ['what is no YAML', 'rules: [', 'own.yaml:1', 'own.yaml'],
  [
    'a text that begins twice',
    `${file('{ kind: exchange.opened }', COUNT)}${file('{ kind: exchange.opened }', COUNT).slice(7)}`,
    'own.yaml:13 rule own.rule',
    'there twice',
  ],
])('refuses %s', (_, text, at, message) => {
  const found = fault(text);
  expect(found.at).toContain(at);
  expect(found.message).toContain(message);
});

it('lets a user switch off and tune what is shipped, and nothing that is not there', () => {
  const shipped = { text: file('{ kind: exchange.opened }', COUNT), file: 'shipped.yaml', shipped: true };
  const own = (text: string) => ({ text, file: 'mine.yaml', shipped: false });
  expect(bookRules([shipped], [])[0]).toMatchObject({ state: 'on', source: 'shipped' });
  expect(bookRules([shipped], ['own.rule'])[0]!.state).toBe('off');
  expect(bookRules([shipped, own('tune: { own.rule: { enabled: false } }')], [])[0]!.state).toBe('off');
  const [tuned] = bookRules(
    [shipped, own('tune: { own.rule: { atLeast: 9, window: 1h, severity: low, cooldown: 2h } }')],
    [],
  );
  expect(tuned!.state).toBe('tuned');
  expect(tuned!.rule).toMatchObject({
    severity: 'low',
    cooldown: 7_200_000,
    when: [{ type: 'count', of: 'hits', window: 3_600_000, atLeast: 9 }],
  });
  expect(() => bookRules([shipped, own('tune: { other.rule: { enabled: false } }')], [])).toThrow('other.rule');
  expect(() => bookRules([shipped], ['other.rule'])).toThrow('other.rule');
  expect(() => bookRules([shipped, own(shipped.text)], [])).toThrow('already');
});
