// What budgets count, and the windows that they count in.
import { AncileError } from '../base/index.ts';
import type { BudgetPeriod, Usage } from '../contract/index.ts';

export interface Amounts {
  readonly requests: number;
  readonly tokens: number;
  /** US dollars x 10^-6. */
  readonly costMicros: number;
}

export const MEASURES = ['requests', 'tokens', 'costMicros'] as const;
export const NOTHING: Amounts = { requests: 0, tokens: 0, costMicros: 0 };

/** Counters that are added to in place. */
export interface Tally {
  requests: number;
  tokens: number;
  costMicros: number;
}

const clamp = (value: number): number => Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, value));

/** Adds with the weight 1 or -1, in place; stays a safe integer at any size. */
export function accumulate(tally: Tally, amounts: Amounts, weight: 1 | -1 = 1): void {
  tally.requests = clamp(tally.requests + weight * amounts.requests);
  tally.tokens = clamp(tally.tokens + weight * amounts.tokens);
  tally.costMicros = clamp(tally.costMicros + weight * amounts.costMicros);
}

/** The sum of both. */
export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum = { ...a };
  accumulate(sum, b);
  return sum;
}

function checkCount(count: number, at: string): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new AncileError('internal', 'usage that is not a count', { at });
}

/**
 * One request and its usage.
 * @throws AncileError `internal` for what is no count: a NaN in a counter would lift its limit for good.
 */
export function toAmounts({ inputTokens, outputTokens, costMicros }: Usage): Amounts {
  checkCount(inputTokens, 'inputTokens');
  checkCount(outputTokens, 'outputTokens');
  checkCount(costMicros, 'costMicros');
  return { requests: 1, tokens: inputTokens + outputTokens, costMicros };
}

export const PERIODS: readonly BudgetPeriod[] = ['day', 'month', 'total'];

const DAY_MS = 86_400_000;
/** The windows of the day asked for last: nearly always today, asked for several times a request. */
let cached: { readonly day: number; readonly starts: Readonly<Record<BudgetPeriod, string>> } | undefined;

/** ISO 8601 time at which the window of a period that holds `time` (ms) starts, UTC; `total` has one, from 1970. */
export function windowStart(period: BudgetPeriod, time: number): string {
  const day = Math.floor(time / DAY_MS);
  if (cached?.day !== day) {
    const date = new Date(time);
    cached = {
      day,
      starts: {
        day: new Date(day * DAY_MS).toISOString(),
        month: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).toISOString(),
        total: new Date(0).toISOString(),
      },
    };
  }
  return cached.starts[period];
}

/** ISO 8601 time at which a window ends and the next starts; never, for `total`. */
export function windowEnd(period: BudgetPeriod, start: string): string | undefined {
  const date = new Date(start);
  if (period === 'total') return undefined;
  const [months, days] = period === 'month' ? [1, 0] : [0, 1];
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate() + days)).toISOString();
}
