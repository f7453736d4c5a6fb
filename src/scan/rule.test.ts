// Rules and the code that reports them belong together: none without the other.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shippedScanner } from './shipped.ts';

const here = import.meta.dirname;
const code = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|testing/.test(name))
  .map((name) => readFileSync(join(here, name), 'utf8'))
  .join('\n');
const lists = join(here, '../../content/scan');
const data = readdirSync(lists)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(lists, name), 'utf8'))
  .join('\n');
const { formats, rules } = shippedScanner();

it('has something that reports each rule', () => {
  const broken = new Set(formats.map(({ id }) => `${id}.malformed`));
  const idle = [...rules.keys()].filter((id) => !code.includes(`'${id}'`) && !data.includes(id) && !broken.has(id));
  expect(idle).toEqual([]);
});

it('has a rule for each report', () => {
  const reported = [...code.matchAll(/report\(\s*'([a-z0-9-]+\.[a-z0-9-]+)'/g)].map(([, id]) => id!);
  expect(reported.length).toBeGreaterThan(100);
  expect(reported.filter((id) => !rules.has(id))).toEqual([]);
});
