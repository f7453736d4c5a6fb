// What was used, as the ledger proves it: counters are a fold over its records, so that they can be made again from
// any snapshot after any crash, each exchange counted once.
import type { BudgetPeriod, LedgerRecord, Usage } from '../contract/index.ts';
import { addAmounts, NOTHING, PERIODS, toAmounts, windowStart, type Amounts } from './amounts.ts';

/** What one principal was charged in one window. */
export interface Counter {
  readonly principal: string;
  readonly period: BudgetPeriod;
  /** ISO 8601. */
  readonly windowStart: string;
  readonly amounts: Amounts;
  /** Every record with a seq below this has been counted in; the last that changed it is the one before. */
  readonly coveredSeq: number;
}

/** An exchange that is opened and not closed: charged what was set aside for it, should it never be. */
export interface OpenUsage {
  readonly exchange: string;
  readonly principal: string;
  /** ISO 8601 time of its opening: it is charged to the windows of this moment. */
  readonly time: string;
  readonly reserved: Amounts;
}

/** The usage by all records with a seq below `seq`. */
export interface UsageSnapshot {
  readonly seq: number;
  readonly counters: readonly Counter[];
  readonly open: readonly OpenUsage[];
}

export const EMPTY_USAGE: UsageSnapshot = { seq: 0, counters: [], open: [] };

/** The records that usage is made of; a `LedgerRecord` with its seq is one. Other kinds are passed over. */
export type UsageRecord =
  | {
      readonly seq: number;
      readonly kind: 'exchange.opened';
      readonly time: string;
      readonly exchange: { readonly id: string; readonly principal: { readonly id: string } };
      readonly reserved?: Usage | undefined;
    }
  | { readonly seq: number; readonly kind: 'exchange.closed'; readonly exchange: string; readonly usage: Usage }
  | { readonly seq: number; readonly kind: Exclude<LedgerRecord['kind'], 'exchange.opened' | 'exchange.closed'> };

/** Where usage snapshots are kept. */
export interface CounterStore {
  /** The last one saved, or the empty one. */
  load(): Promise<UsageSnapshot>;
  /** Replaces it, whole or not at all. */
  save(snapshot: UsageSnapshot): Promise<void>;
}

/** Days of day windows kept in a snapshot; longer ago is a question for the records themselves. */
const KEPT_DAYS = 40;

/** Counters by principal, period and window, being added to. */
class Sheet {
  readonly #counters = new Map<string, Counter>();

  constructor(counters: readonly Counter[]) {
    for (const counter of counters) this.#counters.set(Sheet.#key(counter), counter);
  }

  static #key({
    principal,
    period,
    windowStart: start,
  }: Pick<Counter, 'principal' | 'period' | 'windowStart'>): string {
    return `${period} ${start} ${principal}`;
  }

  charge({ principal, time }: OpenUsage, amounts: Amounts, coveredSeq: number): void {
    for (const period of PERIODS) {
      const place = { principal, period, windowStart: windowStart(period, Date.parse(time)) };
      const before = this.#counters.get(Sheet.#key(place))?.amounts ?? NOTHING;
      this.#counters.set(Sheet.#key(place), { ...place, amounts: addAmounts(before, amounts), coveredSeq });
    }
  }

  toCounters(): Counter[] {
    const all = [...this.#counters.values()];
    const days = all.filter((counter) => counter.period === 'day');
    const newest = days.reduce((latest, { windowStart: start }) => (start > latest ? start : latest), '');
    if (newest === '') return all;
    const oldest = new Date(Date.parse(newest) - KEPT_DAYS * 86_400_000).toISOString();
    return all.filter((counter) => counter.period !== 'day' || counter.windowStart >= oldest);
  }
}

/**
 * The snapshot after further records, which are given in order of seq from the snapshot's `seq` on; any before that
 * are passed over. Only an exchange for which something was set aside counts (one refused by policy has nothing).
 */
export function advanceUsage(snapshot: UsageSnapshot, records: Iterable<UsageRecord>): UsageSnapshot {
  const sheet = new Sheet(snapshot.counters);
  const open = new Map(snapshot.open.map((usage) => [usage.exchange, usage]));
  let seq = snapshot.seq;
  for (const record of records) {
    if (record.seq < seq) continue;
    seq = record.seq + 1;
    if (record.kind === 'exchange.opened' && record.reserved !== undefined) {
      const { id: exchange, principal } = record.exchange;
      open.set(exchange, {
        exchange,
        principal: principal.id,
        time: record.time,
        reserved: toAmounts(record.reserved),
      });
    } else if (record.kind === 'exchange.closed') {
      const usage = open.get(record.exchange);
      if (usage === undefined) continue;
      open.delete(record.exchange);
      sheet.charge(usage, toAmounts(record.usage), seq);
    }
  }
  return { seq, counters: sheet.toCounters(), open: [...open.values()] };
}

/**
 * At start, when nothing runs: exchanges that were opened and never closed (the process died) are charged what was
 * set aside for them, once.
 */
export function chargeAbandoned(snapshot: UsageSnapshot): UsageSnapshot {
  const sheet = new Sheet(snapshot.counters);
  for (const usage of snapshot.open) sheet.charge(usage, usage.reserved, snapshot.seq);
  return { seq: snapshot.seq, counters: sheet.toCounters(), open: [] };
}

/** Snapshots that live as long as the process. */
export function createMemoryCounterStore(): CounterStore {
  let saved = EMPTY_USAGE;
  return {
    load: async () => saved,
    async save(snapshot) {
      saved = structuredClone(snapshot);
    },
  };
}
