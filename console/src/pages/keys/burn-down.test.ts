import { expect, it } from 'vitest';
import type { BudgetUse } from '../../contract.ts';
import { burnDown } from './burn-down.ts';

const day = 86_400_000;
const start = Date.parse('2026-01-10T00:00:00.000Z');
const use = (tokens: number, limit: number, more: Partial<BudgetUse> = {}): BudgetUse => ({
  budget: { period: 'day', tokens: limit },
  starts: new Date(start).toISOString(),
  ends: new Date(start + day).toISOString(),
  charged: { requests: 1, tokens, costMicros: 5 },
  reserved: { requests: 0, tokens: 10, costMicros: 0 },
  series: [
    { time: new Date(start).toISOString(), requests: 0, tokens: 0, costMicros: 0 },
    { time: new Date(start + day / 4).toISOString(), requests: 1, tokens: tokens / 2, costMicros: 5 },
  ],
  ...more,
});

it('has none of a bound that is not set', () => {
  expect(burnDown(use(1, 2), 'requests', start)).toBeUndefined();
});

it('goes on at the pace of the window so far', () => {
  const burn = burnDown(use(400, 2_000), 'tokens', start + day / 2)!;
  expect(burn.points.at(-1)).toEqual({ time: '2026-01-11T00:00:00.000Z', used: null, projected: 800, limit: 2_000 });
  expect(burn).toMatchObject({ used: 400, reserved: 10, limit: 2_000 });
  expect(burn.spentAt).toBeUndefined();
});

it('says when it will be spent', () => {
  expect(burnDown(use(800, 1_000), 'tokens', start + day / 2)!.spentAt).toBe('2026-01-10T15:00:00.000Z');
  expect(burnDown(use(1_000, 1_000), 'tokens', start + day / 2)!.spentAt).toBe('2026-01-10T12:00:00.000Z');
});

it('stands still where nothing was used', () => {
  const burn = burnDown(use(0, 10), 'tokens', start + day / 2)!;
  expect(burn.points.at(-1)!.projected).toBe(0);
  expect(burn.spentAt).toBeUndefined();
});

it('keeps time in order, also at the very start and without an end', () => {
  for (const now of [start, start + 1, start + 3 * day]) {
    const burn = burnDown(use(5, 10, { ends: undefined }), 'tokens', now)!;
    const times = burn.points.map(({ time }) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(burn.points.every(({ projected }) => projected === null || Number.isFinite(projected))).toBe(true);
  }
});
