// The example of docs/rules.md is a rule: it parses, and does what the fixture beside it says.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAttackDetector } from './attack.ts';
import { parseRules } from './rule.ts';
import { testContext } from './testing/plain-view.ts';
import { createView } from './view.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/rules.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((found) => found[1]!);

it('shows a rule that works', () => {
  const detector = createAttackDetector(
    parseRules(
      examples.find((text) => text.includes('rules:\n'))!,
      'docs/rules.md',
    ),
  );
  const fixture = parse(examples.find((text) => text.includes('must_fire'))!) as Record<string, { text: string }[]>;
  const find = (text: string) =>
    detector.inspect(createView(text), testContext({ channel: 'user', direction: 'input' }));
  expect(fixture['must_fire']!.map(({ text }) => find(text).length)).toEqual([1]);
  expect(fixture['must_not_fire']!.flatMap(({ text }) => find(text))).toEqual([]);
});
