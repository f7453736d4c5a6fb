// Following a real ledger: detections are records, each once, whenever the process ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RecordBody } from '../contract/index.ts';
import { openKeys } from '../keys/index.ts';
import { type Ledger, openLedger } from '../ledger/index.ts';
import type { Baseline, BaselineShelf } from './drift.ts';
import { toRecords } from './fixture.ts';
import { Monitor } from './monitor.ts';
import { parseMonitorRules } from './rule.ts';

const FOLDER = resolve(import.meta.dirname, '../../content/rules/monitor');
const rules = ['attacks.yaml', 'operations.yaml'].flatMap(
  (name) => parseMonitorRules(readFileSync(join(FOLDER, name), 'utf8'), name).rules,
);
let dataDir: string;
let ledger: Ledger;
let now: number;
const shelved = new Map<string, Baseline>();
const shelf: BaselineShelf = {
  list: () => [...shelved.values()],
  put: async (baseline) => void shelved.set(baseline.model, baseline),
  remove: async (model) => void shelved.delete(model),
};

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'ancile-monitor-'));
  now = Date.parse('2026-03-02T09:00:00Z');
  shelved.clear();
  ledger = await openLedger({ dataDir, keys: openKeys(dataDir), node: 'node_1', clock: () => now });
});
afterEach(async () => {
  await ledger.close();
  rmSync(dataDir, { recursive: true });
});

const start = (append = (body: RecordBody): Promise<unknown> => ledger.append(body)): Promise<Monitor> =>
  Monitor.start({
    ledger,
    append,
    dataDir,
    rules,
    groups: 100,
    sample: 200,
    shelf,
    clock: () => now,
    onFault: () => undefined,
  });

async function write(entries: Parameters<typeof toRecords>[0], stepMs = 1000): Promise<void> {
  for (const { seq: _seq, time: _time, node: _node, ...body } of toRecords(entries).records) {
    await ledger.append(body as RecordBody);
    now += stepMs;
  }
}

async function detections(): Promise<string[]> {
  const found: string[] = [];
  for await (const record of ledger.read()) if (record.kind === 'detection') found.push(record.rule);
  return found;
}

const INJECTIONS = {
  kind: 'exchange',
  findings: ['injection.override'],
  action: 'block',
  times: 12,
  every: 1000,
} as const;

it('writes what a rule was met by to the ledger, once', async () => {
  const monitor = await start();
  await write([INJECTIONS]);
  await monitor.caughtUp();
  await monitor.caughtUp();
  expect(await detections()).toEqual(['injection.burst']);
  expect(monitor.state()).toMatchObject({ lag: 0, seen: 25 });
  await monitor.stop();
});

it('begins a folder that was never watched at its newest record', async () => {
  await write([INJECTIONS]);
  const monitor = await start();
  await monitor.caughtUp();
  expect(await detections()).toEqual([]);
  await monitor.stop();
});

it('goes on over a restart in the middle of a burst', async () => {
  const first = await start();
  await write([{ ...INJECTIONS, times: 6 }]);
  await first.caughtUp();
  await first.stop();
  const second = await start();
  await write([{ ...INJECTIONS, times: 6 }]);
  await second.caughtUp();
  expect(await detections()).toEqual(['injection.burst']);
  await second.stop();
});

it('goes on with the streams of nodes over a restart in the middle of a burst', async () => {
  const { records } = toRecords([INJECTIONS]);
  const take = async (from: number, to: number): Promise<void> => {
    for (const record of records.slice(from, to)) {
      const origin = { node: 'edge', seq: record.seq, digest: '0'.repeat(64) };
      await ledger.append({ kind: 'forwarded', origin, record: { ...record } });
    }
  };
  for (const [from, to] of [
    [0, 11],
    [11, records.length],
  ] as const) {
    const monitor = await start();
    await take(from, to);
    await monitor.caughtUp();
    await monitor.stop();
  }
  expect(await detections()).toEqual(['injection.burst']);
});

it('tells of what came after the last saving, and never of the same twice, after a process that was killed', async () => {
  const killed = await start();
  await write([INJECTIONS]);
  await killed.caughtUp();
  await killed.stop(false);
  expect(await detections()).toEqual(['injection.burst']);
  const second = await start();
  await second.caughtUp();
  await second.stop(false);
  expect(await detections()).toEqual(['injection.burst']);
  const lost = await start(() => Promise.reject(new Error('killed before it was written')));
  await write([{ ...INJECTIONS, principal: 'key_b' }]);
  await lost.caughtUp().catch(() => undefined);
  await lost.stop(false);
  expect(await detections()).toEqual(['injection.burst']);
  const third = await start();
  await third.caughtUp();
  expect(await detections()).toEqual(['injection.burst', 'injection.burst']);
  await third.stop();
});

it('begins anew from a state that is half there, and from one of another ledger', async () => {
  const first = await start();
  await write([INJECTIONS]);
  await first.stop();
  const path = join(dataDir, 'monitor/state.jsonl');
  const text = readFileSync(path, 'utf8');
  for (const broken of [
    text.slice(0, 700),
    '',
    'no json\n',
    text.replace(/"origin":"[^"]+"/, '"origin":"ancile/other"'),
  ]) {
    writeFileSync(path, broken);
    const next = await start();
    await next.caughtUp();
    expect(next.state().lag).toBe(0);
    await next.stop();
  }
});

it('tells of what time alone brings about', async () => {
  const monitor = await start();
  await write([{ kind: 'exchange.opened', id: 'ex_lost', times: 1, every: 0 }]);
  await monitor.caughtUp();
  now += 3 * 3_600_000;
  await monitor.caughtUp();
  expect(await detections()).toEqual(['ledger.unclosed']);
  await monitor.stop();
});

it('holds a model against its pinned baseline', async () => {
  const monitor = await start();
  const usual = { kind: 'exchange', tokens: ['=1{i%90}0', '=2{i%70}'], times: 400, every: 1000 } as const;
  await expect(monitor.pin('gpt', 'anna')).rejects.toMatchObject({ code: 'not_found' });
  await write([usual]);
  await monitor.pin('gpt', 'anna');
  await write([{ ...usual, times: 200 }]);
  await monitor.caughtUp();
  expect((await detections()).filter((rule) => rule.startsWith('drift.'))).toEqual([]);
  await write([{ ...usual, tokens: ['=9{i%90}00', '=2{i%70}'], times: 200 }]);
  await monitor.caughtUp();
  expect((await detections()).filter((rule) => rule.startsWith('drift.'))).toEqual(['drift.input']);
  const [report] = monitor.drift();
  expect(report).toMatchObject({ model: 'gpt', baseline: { actor: 'anna', size: 400 } });
  await monitor.unpin('gpt');
  expect(monitor.drift()[0]!.baseline).toBeUndefined();
  await monitor.stop();
});

it.each([
  ['output', { tokens: ['=1{i%90}0', '=9{i%70}00'] }],
  ['output', { outcome: 'upstream_error', status: 502 }],
  ['score', { findings: ['jailbreak.persona@0.42'] }],
])('tells of a drift of %s alone: %j', async (side, changed) => {
  const monitor = await start();
  const usual = { kind: 'exchange', tokens: ['=1{i%90}0', '=2{i%70}'], times: 400, every: 1000 } as const;
  await write([usual]);
  await monitor.pin('gpt', 'anna');
  // As before, but for what chance makes of it; and one in fifty that is otherwise.
  await write([{ ...usual, times: 196 }]);
  await write([{ ...usual, ...changed, times: 4 }]);
  await monitor.caughtUp();
  const drifts = async () => (await detections()).filter((rule) => rule.startsWith('drift.'));
  expect(await drifts()).toEqual([]);
  await write([{ ...usual, ...changed, times: 200 }]);
  await monitor.caughtUp();
  expect(await drifts()).toContain(`drift.${side}`);
  // What is found in requests is of the input too; nothing else has moved.
  const others = side === 'score' ? ['drift.input', 'drift.score'] : [`drift.${side}`];
  expect((await drifts()).filter((rule) => !others.includes(rule))).toEqual([]);
  await monitor.stop();
});

it('keeps what rules remember when others are exchanged', async () => {
  const monitor = await start();
  await write([{ ...INJECTIONS, times: 6 }]);
  await monitor.caughtUp();
  await monitor.exchangeRules(
    rules.filter(({ id }) => id !== 'attack.campaign'),
    100,
    200,
  );
  await write([{ ...INJECTIONS, times: 6 }]);
  await monitor.caughtUp();
  expect(await detections()).toEqual(['injection.burst']);
  await monitor.stop();
});
