// The shipped rules, held to their fixtures and to the catalogues whose ids they name.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFixtures, runFixture } from './fixture.ts';
import { parseMonitorRules } from './rule.ts';

const FOLDER = resolve(import.meta.dirname, '../../content/rules/monitor');
const STANDARDS = resolve(import.meta.dirname, '../../../shared/data/standards');
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const files = names.filter((name) => !name.endsWith('.fixtures.yaml'));
const rules = files.flatMap((name) => parseMonitorRules(read(name), name).rules);
const fixtures = names
  .filter((name) => name.endsWith('.fixtures.yaml'))
  .flatMap((name) => parseFixtures(read(name), name));

it('ships at least 40 rules, each id once', () => {
  expect(rules.length).toBeGreaterThanOrEqual(40);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

it('has one fixture for each rule that is read from records', () => {
  const wanted = rules.filter(({ when }) => when[0]!.type !== 'drift').map(({ id }) => id);
  expect(fixtures.map(({ rule }) => rule).sort()).toEqual(wanted.sort());
});

describe('does what its fixture says:', () => {
  it.each(fixtures.map((fixture) => [fixture.rule, fixture] as const))('%s', (id, fixture) => {
    const rule = rules.find((each) => each.id === id)!;
    expect(runFixture(rule, fixture)).toEqual({ rule: id, missed: [], mistaken: [] });
  });
});

it.skipIf(!existsSync(STANDARDS))('names techniques that the catalogues have', () => {
  const ids = new Set<string>();
  for (const name of ['atlas-2026.07.json', 'owasp-top10s.json']) {
    for (const [, id] of readFileSync(join(STANDARDS, name), 'utf8').matchAll(/"id": ?"([^"]+)"/g)) ids.add(id!);
  }
  expect(ids.size).toBeGreaterThan(150);
  const unknown = rules.flatMap(({ techniques }) => techniques).filter((id) => !ids.has(id));
  expect(unknown).toEqual([]);
});
