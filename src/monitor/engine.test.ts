// The engine: what it counts, what it forgets, when it speaks, and that it goes on from what was saved as if it had not stopped.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Detection } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { Engine } from './engine.ts';
import { toAbout } from './event.ts';
import { parseFixtures, toRecords } from './fixture.ts';
import { type MonitorRule, parseMonitorRules } from './rule.ts';
import { SelectionIndex } from './selection-index.ts';

const FOLDER = resolve(import.meta.dirname, '../../content/rules/monitor');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const names = readdirSync(FOLDER);
const shipped = names
  .filter((name) => !name.includes('.fixtures.'))
  .flatMap((name) => parseMonitorRules(read(name), name).rules);
const scenarios = names
  .filter((name) => name.includes('.fixtures.'))
  .flatMap((name) => parseFixtures(read(name), name))
  .flatMap(({ fires, quiet }) => [...fires, ...quiet]);

const rule = (when: string, by = '[principal]', rest = ''): MonitorRule =>
  parseMonitorRules(
    `rules:
  - id: test.rule
    title: A rule of a test
    description: A rule of a test, for nothing else.
    severity: low
    maturity: stable
    techniques: []
    falsePositives: [everything]
    by: ${by}
    select:
      hits: { kind: exchange.opened, where: { findings.class: injection } }
    when: ${when}
    ${rest}`,
    'test.yaml',
  ).rules[0]!;

const hits = (times: number, more: object = {}): StoredRecord[] =>
  toRecords([{ kind: 'exchange.opened', findings: ['injection.override'], times, every: 1000, ...more }]).records;
const run = (engine: Engine, records: readonly StoredRecord[]): Detection[] =>
  records.flatMap((record) => engine.observe(record));

it('tells of a group once within the cooldown, and how often it held meanwhile', () => {
  const engine = new Engine([
    rule('{ type: count, of: hits, window: 1m, atLeast: 5 }', '[principal]', 'cooldown: 10m'),
  ]);
  const found = run(engine, hits(700));
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({
    count: 5,
    involved: { principal: 'key_a', session: 's1' },
    records: [0, 1, 2, 3, 4],
  });
  expect(found[1]!.detail).toContain('and 599 more times');
  expect(found[1]!.records).toHaveLength(50);
  expect(engine.rules[0]!.figures).toMatchObject({ fired: 2, heldBack: 599 + 95 });
});

it('names what all records of a group share, and nothing else', () => {
  const engine = new Engine([rule('{ type: count, of: hits, window: 1m, atLeast: 4 }')]);
  const [found] = run(engine, hits(4, { session: 's{i}', model: 'm{i%2}', tenant: 'acme' }));
  expect(found!.involved).toEqual({ principal: 'key_a', tenant: 'acme', route: '*' });
});

it('counts records that come out of order, and says of those that come too late', () => {
  const engine = new Engine([rule('{ type: count, of: hits, window: 1m, atLeast: 5 }')]);
  const [a, b, c, d, e, ...rest] = hits(200);
  expect(run(engine, [a!, e!, c!, b!])).toEqual([]);
  expect(run(engine, [d!])).toHaveLength(1);
  const other = new Engine([rule('{ type: count, of: hits, window: 1m, atLeast: 5 }')]);
  run(other, [rest.at(-1)!, a!, b!, c!, d!, e!]);
  expect(other.rules[0]!.figures).toMatchObject({ fired: 0, late: 5 });
});

it('remembers so many groups, forgets the most silent, and says how many', () => {
  const engine = new Engine([rule('{ type: count, of: hits, window: 1h, atLeast: 2 }')], { groups: 100 });
  run(engine, hits(1000, { principal: 'key_{i}' }));
  expect(engine.rules[0]!.figures).toMatchObject({ groups: 100, forgotten: 900 });
  expect(run(engine, hits(1000, { principal: 'key_{i}' }).slice(950))).toHaveLength(50);
});

it('does not remember a group whose time is over', () => {
  const engine = new Engine([rule('{ type: count, of: hits, window: 1m, atLeast: 9 }')]);
  run(engine, hits(500, { principal: 'key_{i}' }));
  expect(engine.rules[0]!.figures.groups).toBeLessThan(70);
});

it('is not moved by a record that claims to be of next year', () => {
  const records = hits(6);
  const now = Date.parse(records[0]!.time);
  const engine = new Engine([rule('{ type: count, of: hits, window: 1m, atLeast: 6 }')], { clock: () => now + 60_000 });
  engine.observe({
    ...records[0]!,
    kind: 'node.state',
    state: 'started',
    version: '1',
    time: '2999-01-01T00:00:00.000Z',
  } as StoredRecord);
  expect(engine.mark.now).toBe(now + 60_000 + 300_000);
});

it('does not let rules over detections see what such rules say', () => {
  const meta = shipped.find(({ id }) => id === 'attack.many_kinds')!;
  const engine = new Engine([meta]);
  const { records } = toRecords([
    { kind: 'detection', rule: 'attack.many_kinds', involved: { principal: 'key_a' }, times: 1, every: 0 },
    { kind: 'detection', rule: 'a.b', involved: { principal: 'key_a' }, times: 1, every: 0 },
    { kind: 'detection', rule: 'a.c', involved: { principal: 'key_a' }, times: 1, every: 0 },
  ]);
  expect(run(engine, records)).toEqual([]);
});

it('finds by its index what asking every selection finds', () => {
  const places = shipped.flatMap(({ compiled }, i) =>
    [...compiled].map(([name, selection]) => ({ rule: i, name, selection, alone: new Set([name]) })),
  );
  const index = new SelectionIndex(places);
  let matches = 0;
  for (const entries of scenarios) {
    for (const record of toRecords(entries).records.slice(0, 200)) {
      const event = { record, time: Date.parse(record.time), about: toAbout(record, undefined), opened: undefined };
      const found: object[] = [];
      index.match(event, (place) => found.push(place));
      const wanted = places.filter(({ selection }) => selection.kinds.includes(record.kind) && selection.test(event));
      expect(new Set(found)).toEqual(new Set(wanted));
      expect(found).toHaveLength(wanted.length);
      matches += found.length;
    }
  }
  expect(matches).toBeGreaterThan(5000);
});

it('goes on from what was saved as if it had never stopped, at every place', () => {
  for (const entries of scenarios.slice(0, 60)) {
    const { records } = toRecords(entries);
    const whole = run(new Engine(shipped), records);
    const first = new Engine(shipped);
    const half = Math.floor(records.length / 2);
    const before = run(first, records.slice(0, half));
    const second = new Engine(shipped);
    second.resume(first.mark);
    second.restoreOpenings(structuredClone(first.openings()));
    second.rules.forEach((state, i) => state.restore(structuredClone(first.rules[i]!.save())));
    expect([...before, ...run(second, records.slice(half))]).toEqual(whole);
  }
});
