// BudgetBook in force: what is set aside before a request is sent, and charged when it is done. Synchronous, so that
// between asking and setting aside nothing can come.
import { AncileError, systemClock, type Clock } from '../base/index.ts';
import type { Budget, BudgetPeriod, Usage } from '../contract/index.ts';
import {
  accumulate,
  MEASURES,
  NOTHING,
  PERIODS,
  toAmounts,
  windowEnd,
  windowStart,
  type Amounts,
  type Tally,
} from './amounts.ts';
import type { Counter } from './usage.ts';

/** One request set aside, in the windows of the moment it was made. Settled or released exactly once. */
export interface Reservation {
  readonly principal: string;
  readonly estimate: Usage;
}

export interface Refusal {
  readonly budget: Budget;
  readonly measure: (typeof MEASURES)[number];
  readonly limit: number;
  /** Charged and set aside so far. */
  readonly used: number;
  readonly asked: number;
  /** ISO 8601 time at which the window ends; absent where it never does. */
  readonly resets?: string;
}

export type ReserveResult =
  { readonly ok: true; readonly reservation: Reservation } | { readonly ok: false; readonly refusal: Refusal };

export interface BudgetBook {
  /** Sets one request and its estimate aside in all budgets, or in none. */
  reserve(principal: string, budgets: readonly Budget[], estimate: Usage): ReserveResult;
  /** Charges the request with what it used in place of the estimate. @throws AncileError `internal` the second time. */
  settle(reservation: Reservation, actual: Usage): void;
  /** Gives back what was set aside, for what was never sent. @throws AncileError `internal` the second time. */
  release(reservation: Reservation): void;
  /** What has been charged in the present window, and what is set aside. */
  used(principal: string, period: BudgetPeriod): { readonly charged: Amounts; readonly reserved: Amounts };
}

interface Window {
  readonly period: BudgetPeriod;
  readonly start: string;
  readonly charged: Tally;
  readonly reserved: Tally;
  open: number;
}

/** A reservation as the book made it; no copy of it can be settled. */
class Held implements Reservation {
  readonly principal: string;
  readonly estimate: Usage;
  readonly #windows: readonly Window[];
  readonly #amounts: Amounts;
  #open = true;

  constructor(principal: string, estimate: Usage, amounts: Amounts, windows: readonly Window[]) {
    this.principal = principal;
    this.estimate = estimate;
    this.#amounts = amounts;
    this.#windows = windows;
    for (const window of windows) {
      accumulate(window.reserved, amounts);
      window.open++;
    }
  }

  /** Gives back what was set aside and charges `charge` in its place, once. */
  close(charge: Amounts): void {
    if (!this.#open) {
      throw new AncileError('internal', 'a reservation is settled or released once', { at: this.principal });
    }
    this.#open = false;
    for (const window of this.#windows) {
      accumulate(window.reserved, this.#amounts, -1);
      accumulate(window.charged, charge);
      window.open--;
    }
  }
}

/** The windows of a principal: all that are kept, and those of the day asked for last. */
interface Windows {
  readonly all: Map<string, Window>;
  day: string;
  current: readonly Window[];
}

/** A book that goes on from `counters`: those of the usage recovered from the ledger at start. */
export function createBudgetBook(
  options: { readonly clock?: Clock; readonly counters?: Iterable<Counter> } = {},
): BudgetBook {
  const { clock = systemClock, counters = [] } = options;
  const principals = new Map<string, Windows>();

  const windowsOf = (principal: string): Windows => {
    let windows = principals.get(principal);
    if (windows === undefined) principals.set(principal, (windows = { all: new Map(), day: '', current: [] }));
    return windows;
  };
  const windowOf = (principal: string, period: BudgetPeriod, start: string): Window => {
    const windows = windowsOf(principal).all;
    let window = windows.get(period + start);
    if (window === undefined) {
      // Windows gone by are kept only while something set aside in them is not settled.
      for (const [name, past] of windows)
        if (past.period === period && past.open === 0 && past.start < start) windows.delete(name);
      window = { period, start, charged: { ...NOTHING }, reserved: { ...NOTHING }, open: 0 };
      windows.set(period + start, window);
    }
    return window;
  };
  /** The windows of now, in the order of `PERIODS`. */
  const currentWindows = (principal: string): readonly Window[] => {
    const now = clock();
    const windows = windowsOf(principal);
    const day = windowStart('day', now);
    if (windows.day !== day) {
      windows.current = PERIODS.map((period) => windowOf(principal, period, windowStart(period, now)));
      windows.day = day;
    }
    return windows.current;
  };
  const close = (reservation: Reservation, charge: Amounts): void => {
    if (!(reservation instanceof Held)) {
      throw new AncileError('internal', 'a reservation is settled or released once', { at: reservation.principal });
    }
    reservation.close(charge);
  };

  for (const counter of counters)
    accumulate(windowOf(counter.principal, counter.period, counter.windowStart).charged, counter.amounts);

  return {
    reserve(principal, budgets, estimate) {
      const amounts = toAmounts(estimate);
      const windows = currentWindows(principal);
      for (const budget of budgets) {
        const window = windows[PERIODS.indexOf(budget.period)]!;
        for (const measure of MEASURES) {
          const limit = budget[measure];
          const used = window.charged[measure] + window.reserved[measure];
          if (limit === undefined || used + amounts[measure] <= limit) continue;
          const resets = windowEnd(budget.period, window.start);
          const refusal = { budget, measure, limit, used, asked: amounts[measure] };
          return { ok: false, refusal: resets === undefined ? refusal : { ...refusal, resets } };
        }
      }
      return { ok: true, reservation: new Held(principal, { ...estimate }, amounts, windows) };
    },
    settle: (reservation, actual) => close(reservation, toAmounts(actual)),
    release: (reservation) => close(reservation, NOTHING),
    used(principal, period) {
      const window = principals.get(principal)?.all.get(period + windowStart(period, clock()));
      return { charged: { ...(window?.charged ?? NOTHING) }, reserved: { ...(window?.reserved ?? NOTHING) } };
    },
  };
}
