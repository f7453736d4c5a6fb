// The unsafe loads, held against their fixtures: content/scan/python.fixtures.yaml.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { scanText } from '../../testing/workspace.ts';
import { pythonCalls } from './calls.ts';

const FIXTURES = new URL('../../../../content/scan/python.fixtures.yaml', import.meta.url);
const fixtures = parse(readFileSync(FIXTURES, 'utf8')) as Record<
  string,
  { import: string; finds: string; passes: string }
>;

it('has a fixture for every load', () => {
  expect(Object.keys(fixtures).sort()).toEqual(
    pythonCalls()
      .loads.map(({ id }) => id)
      .sort(),
  );
});

it.each(pythonCalls().loads)('finds $id where it is, and not beside it', ({ id, rule, says }) => {
  const { import: head, finds, passes } = fixtures[id]!;
  const found = (code: string): string[] =>
    scanText('x.py', `${head}\n${code}\n`)
      .findings.filter((finding) => finding.message.includes(says))
      .map((finding) => finding.rule);
  expect(found(finds)).toEqual([rule]);
  expect(found(passes)).toEqual([]);
});
