// Streams of nodes and accounts: each by itself, over a restart as if there had been none, and none pushes out another's.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Detection, ImportedRecord, LedgerRecord } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { toRecords } from './fixture.ts';
import { parseMonitorRules } from './rule.ts';
import { StreamEngines } from './stream-engines.ts';

const NAME = resolve(import.meta.dirname, '../../content/rules/monitor/attacks.yaml');
const { rules } = parseMonitorRules(readFileSync(NAME, 'utf8'), NAME);
const NOW = Date.parse('2026-11-28T12:00:00Z');
const open = (): StreamEngines => new StreamEngines(rules, 100, () => NOW);

const burst = toRecords([
  { kind: 'exchange', findings: ['injection.override'], action: 'block', times: 12, every: 1000 },
]).records;

const forwarded = (node: string, record: LedgerRecord, seq: number): StoredRecord => ({
  seq,
  kind: 'forwarded',
  time: new Date(NOW).toISOString(),
  node: 'centre',
  origin: { node, seq, digest: '0'.repeat(64) },
  record: { seq, ...record },
});

const { findings } = burst.find(({ kind }) => kind === 'exchange.opened') as { findings: ImportedRecord['findings'] };
const imported = (account: string, i: number): ImportedRecord => ({
  kind: 'imported',
  time: new Date(NOW).toISOString(),
  node: 'n',
  service: 'bedrock',
  account,
  event: `e${i}`,
  happened: new Date(Date.parse('2026-03-02T09:00:00Z') + i * 1000).toISOString(),
  principal: 'arn:ann',
  model: 'm',
  operation: 'InvokeModel',
  file: 'a',
  line: 1,
  findings,
  unread: [],
  actor: 'timer',
});

/** The same burst three times over, interwoven: of a node, of an account here, of an account that a node imports. */
const records: StoredRecord[] = burst.flatMap((record, i) => [
  forwarded('berlin', record, i * 3),
  { ...imported('1', i), seq: i * 3 + 1 },
  forwarded('berlin', imported('1', i), i * 3 + 2),
]);

const run = (engines: StreamEngines, from: readonly StoredRecord[]): Detection[] =>
  from.flatMap((record) => engines.observe(record));

it('fires once for each stream, naming it, wherever a restart falls', () => {
  const whole = run(open(), records).filter(({ rule }) => rule === 'injection.burst');
  expect(whole.map(({ origin, involved }) => [origin, involved.principal])).toEqual([
    ['bedrock:1', 'bedrock:1/arn:ann'],
    ['berlin/bedrock:1', 'berlin/bedrock:1/arn:ann'],
    ['berlin', 'berlin/key_a'],
  ]);
  for (let cut = 0; cut < records.length; cut += 5) {
    const first = open();
    const before = run(first, records.slice(0, cut));
    const second = open();
    second.restore(structuredClone(first.save()));
    const all = [...before, ...run(second, records.slice(cut))];
    expect(all.filter(({ rule }) => rule === 'injection.burst')).toEqual(whole);
    // What was told is not told again by the same records after another restart.
    const third = open();
    third.restore(structuredClone(second.save()));
    expect(run(third, records.slice(-6)).filter(({ rule }) => rule === 'injection.burst')).toEqual([]);
  }
});

it('lets a node that makes up accounts push out none but its own', () => {
  const engines = open();
  run(engines, records.slice(0, 18));
  for (let i = 0; i < 500; i++) engines.observe(forwarded('lima', imported(`made-up-${i}`, i), 1000 + i));
  const found = run(engines, records.slice(18)).filter(({ rule }) => rule === 'injection.burst');
  expect(found.map(({ origin }) => origin)).toContain('berlin/bedrock:1');
  expect(engines.save().filter(({ part }) => part === '').length).toBeLessThanOrEqual(3 + 8);
});
