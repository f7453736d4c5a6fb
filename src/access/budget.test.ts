// The story of a budget: set aside, charged, refused, renewed; and the same sums from the records after any crash.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget, Usage } from '../contract/index.ts';
import {
  advanceUsage,
  chargeAbandoned,
  costMicros,
  createBudgetBook,
  EMPTY_USAGE,
  type Reservation,
  type UsageRecord,
  type UsageSnapshot,
} from './index.ts';

const usage = (tokens: number, micros = 0): Usage => ({
  inputTokens: tokens,
  outputTokens: 0,
  costMicros: micros,
  estimated: false,
});

function book(start: string) {
  const time = { now: Date.parse(start) };
  const budgets = createBudgetBook({ clock: () => time.now });
  const reserve = (limits: Budget[], estimate: Usage): Reservation => {
    const result = budgets.reserve('key_1', limits, estimate);
    if (!result.ok) throw new Error('refused');
    return result.reservation;
  };
  return { budgets, reserve, time };
}

describe('a budget', () => {
  it('sets aside, charges what was used, and refuses past the limit, saying until when', () => {
    const { budgets, reserve } = book('2026-02-27T12:00:00Z');
    const day: Budget = { period: 'day', tokens: 100 };
    const first = reserve([day], usage(80));
    expect(budgets.reserve('key_1', [day], usage(30))).toEqual({
      ok: false,
      refusal: { budget: day, measure: 'tokens', limit: 100, used: 80, asked: 30, resets: '2026-02-28T00:00:00.000Z' },
    });
    budgets.settle(first, usage(10));
    expect(budgets.reserve('key_1', [day], usage(90)).ok).toBe(true);
    expect(budgets.reserve('key_2', [day], usage(100)).ok).toBe(true);
  });

  it('is charged in all budgets or in none', () => {
    const { budgets } = book('2026-02-27T12:00:00Z');
    const limits: Budget[] = [
      { period: 'day', tokens: 100 },
      { period: 'total', requests: 5, costMicros: 1 },
    ];
    const refused = budgets.reserve('key_1', limits, usage(50, 2));
    expect(refused.ok === false && refused.refusal).toMatchObject({ measure: 'costMicros', used: 0, asked: 2 });
    expect(refused.ok === false && 'resets' in refused.refusal).toBe(false);
    expect(budgets.used('key_1', 'day').reserved).toEqual({ requests: 0, tokens: 0, costMicros: 0 });
  });

  it('charges the window that it was set aside in, and starts anew in the next', () => {
    const { budgets, reserve, time } = book('2026-12-31T23:59:59.999Z');
    const limits: Budget[] = [
      { period: 'day', tokens: 10 },
      { period: 'month', tokens: 10 },
    ];
    const old = reserve(limits, usage(10));
    time.now++;
    const fresh = reserve(limits, usage(10));
    budgets.settle(old, usage(7));
    expect(budgets.used('key_1', 'day')).toEqual({
      charged: { requests: 0, tokens: 0, costMicros: 0 },
      reserved: { requests: 1, tokens: 10, costMicros: 0 },
    });
    budgets.settle(fresh, usage(3));
    expect(budgets.used('key_1', 'total').charged).toEqual({ requests: 2, tokens: 10, costMicros: 0 });
  });

  it('is settled or released once, and takes no amount that is none', () => {
    const { budgets, reserve } = book('2026-01-01T00:00:00Z');
    const fault = expect.objectContaining({ code: 'internal' });
    const settled = reserve([], usage(1));
    expect(() => budgets.settle(settled, usage(Number.NaN))).toThrow(fault);
    budgets.settle(settled, usage(1));
    expect(() => budgets.settle(settled, usage(1))).toThrow(fault);
    expect(() => budgets.release(settled)).toThrow(fault);
    expect(() => budgets.settle({ ...settled }, usage(1))).toThrow(fault);
    const released = reserve([], usage(5));
    budgets.release(released);
    expect(() => budgets.settle(released, usage(1))).toThrow(fault);
    for (const bad of [-1, 0.5, Infinity, Number.NaN]) {
      expect(() => budgets.reserve('key_1', [], usage(bad))).toThrow(fault);
    }
    expect(budgets.used('key_1', 'total').charged.tokens).toBe(1);
  });

  it('never sets aside past a limit, and charges exactly what was settled, in any order and across restarts anywhere', () => {
    const LIMIT = 100;
    const limits: Budget[] = [
      { period: 'day', tokens: LIMIT, requests: 6 },
      { period: 'total', tokens: 3 * LIMIT },
    ];
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('open' as const), amount: fc.nat(60) }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('close' as const), amount: fc.nat(60) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), amount: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('save' as const), amount: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), amount: fc.nat(1) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const time = { now: Date.parse('2026-01-30T00:00:00Z') };
        const clock = (): number => time.now;
        const ledger: UsageRecord[] = [];
        let saved: UsageSnapshot = EMPTY_USAGE;
        let budgets = createBudgetBook({ clock });
        let running: { id: string; reservation: Reservation }[] = [];
        let expected = 0;
        for (const { do: what, amount } of steps) {
          if (what === 'open') {
            const result = budgets.reserve('key_1', limits, usage(amount));
            const { charged, reserved } = budgets.used('key_1', 'day');
            if (!result.ok) {
              const { used, asked, limit } = result.refusal;
              expect(used + asked).toBeGreaterThan(limit);
              continue;
            }
            expect(charged.tokens + reserved.tokens).toBeLessThanOrEqual(LIMIT);
            expect(charged.requests + reserved.requests).toBeLessThanOrEqual(6);
            const id = `ex_${ledger.length}`;
            running.push({ id, reservation: result.reservation });
            const exchange = { id, principal: { id: 'key_1' } };
            ledger.push({
              seq: ledger.length,
              kind: 'exchange.opened',
              time: new Date(time.now).toISOString(),
              exchange,
              reserved: usage(amount),
            });
          } else if (what === 'close' && running.length > 0) {
            const [{ id, reservation }] = running.splice(amount % running.length, 1) as [(typeof running)[0]];
            const actual = usage(Math.min(amount, reservation.estimate.inputTokens));
            expected += actual.inputTokens;
            budgets.settle(reservation, actual);
            ledger.push({ seq: ledger.length, kind: 'exchange.closed', exchange: id, usage: actual });
          } else if (what === 'pass') time.now += amount * 3_600_000;
          else if (what === 'save') saved = advanceUsage(saved, ledger);
          else if (what === 'crash') {
            for (const { reservation } of running) expected += reservation.estimate.inputTokens;
            running = [];
            saved = chargeAbandoned(advanceUsage(saved, ledger));
            budgets = createBudgetBook({ clock, counters: saved.counters });
          }
          const { charged, reserved } = budgets.used('key_1', 'total');
          expect(charged.tokens).toBe(expected);
          expect(reserved.tokens).toBe(running.reduce((sum, each) => sum + each.reservation.estimate.inputTokens, 0));
        }
        const total = advanceUsage(saved, ledger).counters.find(({ period }) => period === 'total');
        expect(total?.amounts.tokens ?? 0).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('usage from records', () => {
  const opened = (seq: number, id: string, reserved?: Usage): UsageRecord => ({
    seq,
    kind: 'exchange.opened',
    time: '2026-01-01T00:00:00.000Z',
    exchange: { id, principal: { id: 'key_1' } },
    reserved,
  });
  it('counts a record once, however often it is given, and not what had nothing set aside', () => {
    const records: UsageRecord[] = [
      opened(0, 'a', usage(9)),
      opened(1, 'b'),
      { seq: 2, kind: 'node.state' },
      { seq: 3, kind: 'exchange.closed', exchange: 'b', usage: usage(5) },
      { seq: 4, kind: 'exchange.closed', exchange: 'a', usage: usage(4) },
    ];
    const once = advanceUsage(EMPTY_USAGE, records);
    expect(advanceUsage(once, records)).toEqual(once);
    expect(advanceUsage(advanceUsage(EMPTY_USAGE, records.slice(0, 3)), records)).toEqual(once);
    expect(once.counters.find(({ period }) => period === 'total')?.amounts).toEqual({
      requests: 1,
      tokens: 4,
      costMicros: 0,
    });
  });
  it('charges what was abandoned once, through any number of restarts', () => {
    const start = chargeAbandoned(advanceUsage(EMPTY_USAGE, [opened(0, 'a', usage(9))]));
    expect(chargeAbandoned(advanceUsage(start, [opened(0, 'a', usage(9))]))).toEqual(start);
    expect(start.counters.find(({ period }) => period === 'day')?.amounts.tokens).toBe(9);
  });
});

it('a cost is rounded up, and decimal prices are taken as written', () => {
  const tokens = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });
  expect(costMicros({ input: 0.15, output: 0.6 }, tokens(1_000_000, 1_000_000))).toBe(750_000);
  expect(costMicros({ input: 0.1, output: 0.2 }, tokens(10, 10))).toBe(3);
  expect(costMicros({ input: 0.15, output: 0 }, tokens(1, 0))).toBe(1);
  expect(costMicros({ input: 9, output: 9 }, tokens(2 ** 53 - 1, 2 ** 53 - 1))).toBe(Number.MAX_SAFE_INTEGER);
  expect(costMicros({ input: 0.15, output: 0 }, tokens(0, 7))).toBe(0);
  expect(costMicros(undefined, tokens(5, 5))).toBe(0);
});
