import { expect, it } from 'vitest';
import type { ExchangeRow } from '../../contract.ts';
import { MAX_LIVE, addLive, mergeRows } from './merge-rows.ts';
import { isAsked, readTrafficSearch } from './search.ts';

const row = (seq: number, more: Partial<ExchangeRow> = {}): ExchangeRow => ({
  id: `ex_${seq}`,
  seq,
  time: '2026-01-01T00:00:00.000Z',
  principal: 'key_1',
  principalName: 'support bot',
  tenant: 'default',
  route: 'gpt-*',
  model: 'gpt-5',
  upstream: 'main',
  surface: 'openai.chat',
  stream: false,
  session: null,
  action: 'allow',
  outcome: 'completed',
  status: 200,
  classes: [],
  rules: [],
  inputTokens: 1,
  outputTokens: 1,
  costMicros: 1,
  durationMs: 1,
  ...more,
});

it('reads filters from an address and leaves out what is none', () => {
  expect(readTrafficSearch({ action: 'block', class: 'nonsense', text: 42, from: 'yesterday', other: 'x' })).toEqual({
    action: 'block',
    text: '42',
  });
});

it.each([
  [{ action: 'block' }, false],
  [{ action: 'allow', model: 'gpt-5' }, true],
  [{ text: 'SUPP gpt' }, true],
  [{ text: 'supp other' }, false],
  [{ text: 'ex_7' }, true],
  [{ class: 'pii' }, false],
  [{ from: '2026-01-01T00:00:00.001Z' }, false],
  [{ to: '2026-01-01T00:00:00.000Z' }, false],
] as const)('%j asks for the row: %s', (filter, asked) => {
  expect(isAsked(row(7), filter)).toBe(asked);
});

it('shows an exchange once, newest first, as it ended', () => {
  const fetched = [row(3, { outcome: 'completed' }), row(2), row(1)];
  const live = [row(4), row(3, { outcome: null })];
  const merged = mergeRows(fetched, live);
  expect(merged.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  expect(merged[1]!.outcome).toBe('completed');
});

it('keeps the newest live rows, whatever order they come in', () => {
  let live: readonly ExchangeRow[] = [];
  for (let seq = MAX_LIVE + 20; seq > 0; seq--) live = addLive(live, row(seq));
  live = addLive(live, row(MAX_LIVE + 20, { outcome: 'fault' }));
  expect(live).toHaveLength(MAX_LIVE);
  expect(live[0]).toMatchObject({ seq: MAX_LIVE + 20, outcome: 'fault' });
  expect(live.at(-1)!.seq).toBe(21);
});
