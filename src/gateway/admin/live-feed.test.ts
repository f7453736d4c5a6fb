// What those who watch are told, and when nobody watches: nothing is done.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Decision, ExchangeRow, Finding, StoredRecord } from '../../contract/index.ts';
import { ExchangeRow as Row } from '../../contract/index.ts';
import { createLiveFeed } from './live-feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const common = { time: '2026-01-01T00:00:00.000Z', node: 'node_1' };
const decision = (action: Decision['action']): Decision => ({ action, policies: [], stages: [], policyVersion: 'v' });
const finding: Finding = {
  ...{ rule: 'pii.card', class: 'pii', severity: 'high', score: 1, start: 0, end: 1, evidence: '*', techniques: [] },
  ...{ detector: 'pii', segment: '', channel: 'output' },
};

function opened(id: string, seq: number): StoredRecord {
  const principal = { id: 'key_1', kind: 'service', name: 'app', tenant: 'default' } as const;
  return {
    ...common,
    seq,
    kind: 'exchange.opened',
    exchange: {
      ...{ id, surface: 'openai.chat', principal, route: '*', model: 'm', upstream: 'u', stream: false },
    },
    inputDigest: 'd',
    segments: 1,
    findings: [],
    decision: decision('flag'),
  };
}

function closed(id: string, seq: number): StoredRecord {
  return {
    ...common,
    seq,
    kind: 'exchange.closed',
    exchange: id,
    principal: 'key_1',
    outcome: 'completed',
    status: 200,
    findings: [finding],
    decision: decision('redact'),
    usage: { inputTokens: 1, outputTokens: 2, costMicros: 3, estimated: false },
    durationMs: 12,
  };
}

function source() {
  const listeners = new Set<(record: StoredRecord) => void>();
  return {
    listeners,
    say: (...records: StoredRecord[]) => records.forEach((record) => listeners.forEach((listen) => listen(record))),
    live(listener: (record: StoredRecord) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const watch = (lookUp: (id: string) => Promise<ExchangeRow | undefined> = async () => undefined) => {
  const from = source();
  const feed = createLiveFeed(from, lookUp);
  const told: { rows: readonly ExchangeRow[]; left: number }[] = [];
  const leave = feed.subscribe((rows, left) => told.push({ rows, left }));
  return { from, feed, told, leave };
};

describe('a watcher', () => {
  it('sees an exchange begin and end, as rows of the contract', () => {
    const { from, told } = watch();
    from.say(opened('ex_1', 4));
    vi.advanceTimersByTime(200);
    from.say(closed('ex_1', 5));
    vi.advanceTimersByTime(200);
    const rows = told.map(({ rows: [row] }) => Row.parse(row));
    expect(rows).toMatchObject([
      { id: 'ex_1', seq: 4, action: 'flag', outcome: null, status: null, classes: [] },
      { id: 'ex_1', seq: 4, action: 'redact', outcome: 'completed', status: 200, classes: ['pii'], outputTokens: 2 },
    ]);
  });

  it('sees one that begins and ends at once but once, in its last state', () => {
    const { from, told } = watch();
    from.say(opened('ex_1', 4), closed('ex_1', 5));
    vi.advanceTimersByTime(1000);
    expect(told.flatMap(({ rows }) => rows.map((row) => row.outcome))).toEqual(['completed']);
  });

  it('sees the newest of very many, and how many there were besides', () => {
    const { from, told } = watch();
    for (let i = 0; i < 1000; i++) from.say(opened(`ex_${i}`, i));
    vi.advanceTimersByTime(200);
    expect(told).toHaveLength(1);
    expect(told[0]!.rows).toHaveLength(200);
    expect(told[0]!.left).toBe(800);
    expect(told[0]!.rows.at(-1)!.id).toBe('ex_999');
  });

  it('sees the end of one that began before he came', async () => {
    const { from } = { from: source() };
    const whole = { id: 'ex_0', outcome: 'completed' } as ExchangeRow;
    const feed = createLiveFeed(from, async () => whole);
    const told: ExchangeRow[] = [];
    feed.subscribe((rows) => told.push(...rows));
    from.say(closed('ex_0', 9));
    await vi.advanceTimersByTimeAsync(400);
    expect(told).toEqual([whole]);
  });
});

it('does nothing while nobody watches', () => {
  const { from, feed, told, leave } = watch();
  const other = feed.subscribe(() => undefined);
  expect(from.listeners.size).toBe(1);
  leave();
  expect(from.listeners.size).toBe(1);
  other();
  expect(from.listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  from.say(opened('ex_1', 1));
  expect(told).toEqual([]);
});
