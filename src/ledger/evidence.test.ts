// The story of captured evidence: sealed, found, kept by day, expired, and refused when touched.
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LedgerFolder } from '../../test/ledger-fixture.ts';
import { openKeys } from '../keys/index.ts';
import { Evidence } from './index.ts';

const DAY = 86_400_000;
let folder: LedgerFolder;
let now: number;
let evidence: Evidence;
const open = (dataDir = folder.dataDir): Evidence =>
  new Evidence({ dataDir: folder.dataDir, captureKey: openKeys(dataDir).captureKey, clock: () => now });
const file = (): string => join(folder.dataDir, 'evidence', `${new Date(now).toISOString().slice(0, 10)}.jsonl`);
beforeEach(() => {
  folder = new LedgerFolder();
  now = Date.parse('2026-03-01T23:00:00Z');
  evidence = open();
});
afterEach(async () => {
  await evidence.close();
  folder.dispose();
});

it('keeps texts that only the key opens, across midnight', async () => {
  expect(await evidence.get('ex_1')).toEqual([]);
  await Promise.all([evidence.put('ex_1', 'input', '{"secret":"tëxt"}'), evidence.put('ex_10', 'input', '"other"')]);
  const first = file();
  now += DAY / 12;
  await evidence.put('ex_1', 'output', '"answer"');
  expect(await evidence.get('ex_1')).toEqual([
    { direction: 'input', time: '2026-03-01T23:00:00.000Z', json: '{"secret":"tëxt"}' },
    { direction: 'output', time: '2026-03-02T01:00:00.000Z', json: '"answer"' },
  ]);
  expect(await evidence.days()).toEqual(['2026-03-01', '2026-03-02']);
  expect(readFileSync(first, 'utf8')).not.toContain('secret');
  expect(statSync(first).mode & 0o077).toBe(0);
});

it('never seals two texts alike', async () => {
  await evidence.put('ex_1', 'input', 'same');
  await evidence.put('ex_1', 'input', 'same');
  const sealed = readFileSync(file(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { sealed: string }).sealed);
  expect(new Set(sealed).size).toBe(2);
});

it('refuses what was changed, moved to another exchange or direction, or sealed with another key', async () => {
  await evidence.put('ex_1', 'input', '"the text"');
  const sound = readFileSync(file(), 'utf8');
  const sealed = (JSON.parse(sound) as { sealed: string }).sealed;
  const bent = Buffer.from(sealed, 'base64');
  bent[20]! ^= 1;
  const corrupt = { code: 'ledger_corrupt', at: `${file()}:1` };
  for (const [from, to, exchange] of [
    [sealed, bent.toString('base64'), 'ex_1'],
    [sealed, sealed.slice(0, 8), 'ex_1'],
    ['ex_1', 'ex_2', 'ex_2'],
    ['"input"', '"output"', 'ex_1'],
    ['}', '', 'ex_1'],
  ] as const) {
    writeFileSync(file(), sound.replace(from, to));
    await expect(evidence.get(exchange)).rejects.toMatchObject(corrupt);
  }
  writeFileSync(file(), sound);
  const other = new LedgerFolder();
  await expect(open(other.dataDir).get('ex_1')).rejects.toMatchObject(corrupt);
  other.dispose();
  expect(await evidence.get('ex_1')).toHaveLength(1);
});

it('deletes whole days past retention, the open one too', async () => {
  for (let day = 0; day < 3; day++, now += DAY) await evidence.put(`ex_${day}`, 'input', 'x');
  expect(await evidence.expire(Date.parse('2026-03-02T23:59:59Z'))).toEqual(['2026-03-01']);
  expect(await evidence.expire(Date.parse('2026-03-10T00:00:00Z'))).toEqual(['2026-03-02', '2026-03-03']);
  expect(await evidence.days()).toEqual([]);
  await evidence.put('ex_4', 'input', 'x');
  expect(await evidence.get('ex_4')).toHaveLength(1);
});

it('cuts off a line torn by a crash before it goes on', async () => {
  await evidence.put('ex_1', 'input', 'one');
  await evidence.close();
  appendFileSync(file(), '{"exchange":"ex_1","dir');
  evidence = open();
  expect(await evidence.get('ex_1')).toHaveLength(1);
  await evidence.put('ex_1', 'output', 'two');
  expect((await evidence.get('ex_1')).map(({ json }) => json)).toEqual(['one', 'two']);
});
