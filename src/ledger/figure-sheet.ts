// Figures as they are written: by the minute, the hour and the day, for each principal and for all, in the transaction
// of the records that they count, so that each counts once.
import { type Kysely, sql } from 'kysely';
import type { FigureRow, StoreTables } from '../store/index.ts';
import type { IndexedExchange } from './exchange-state.ts';
import { Figure } from './figure.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** How long figures of each step are kept, milliseconds: finer ones are for looking at what happens now. */
export const KEPT: ReadonlyMap<number, number> = new Map([
  [MINUTE, 2 * DAY],
  [HOUR, 90 * DAY],
  [DAY, Infinity],
]);
/** The figure of all principals together. */
export const EVERYBODY = '';
/** Figures kept at hand from batch to batch. */
const MAX_KEPT = 2000;

const COLUMNS = [
  'step',
  'start',
  'principal',
  'name',
  'exchanges',
  'tokens',
  'cost_micros',
  'denied',
  'charged_requests',
  'charged_tokens',
  'charged_micros',
  'detail',
] as const satisfies readonly (keyof FigureRow)[];

interface Place {
  readonly step: number;
  readonly start: number;
  readonly principal: string;
}

const keyOf = ({ step, start, principal }: Place): string => `${step} ${start} ${principal}`;

/** One thing to count: when, whose, and what it does to the figures of that time and principal. */
interface Entry {
  readonly time: number;
  readonly principal: string | undefined;
  readonly name: string;
  readonly apply: (figure: Figure) => void;
}

export class FigureSheet {
  readonly #kept = new Map<string, Figure>();
  /** What takes something out as well as putting something in. */
  #entries: Entry[] = [];
  /** Sums of what is only put in, by principal and minute: these are added to six figures, not each exchange. */
  #sums = new Map<string, Entry & { readonly sum: Figure }>();

  /** Forgets what is at hand and what was to be counted: after a transaction that failed. */
  clear(): void {
    this.#kept.clear();
    this.#entries = [];
    this.#sums.clear();
  }

  /** Counts an exchange, in place of what was counted of it before. */
  countExchange({ time, state }: IndexedExchange, before: IndexedExchange['state'] | undefined): void {
    const { principal, principalName: name } = state;
    if (before === undefined) {
      this.#sumOf(time, principal, name).addExchange(state, 1);
      return;
    }
    const apply = (figure: Figure): void => {
      figure.addExchange(before, -1);
      figure.addExchange(state, 1);
    };
    this.#entries.push({ time, principal, name, apply });
  }

  #sumOf(time: number, principal: string, name: string): Figure {
    const key = `${Math.floor(time / MINUTE)} ${principal}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known.sum;
    const sum = new Figure();
    this.#sums.set(key, { time, principal, name, sum, apply: (figure) => figure.add(sum) });
    return sum;
  }

  /** Counts requests that were refused before they became exchanges. */
  countRefused(time: number, principal: string | undefined, requests: number): void {
    this.#entries.push({ time, principal, name: '', apply: (figure) => figure.addRefused(requests) });
  }

  /** Counts what a monitoring rule was met by. */
  countDetection(time: number, principal: string | undefined, severity: string): void {
    this.#entries.push({ time, principal, name: '', apply: (figure) => figure.addDetection(severity) });
  }

  /** Writes what was counted since the last time. `now`: what is older than its step is kept for is not counted. */
  async save(db: Kysely<StoreTables>, now: number): Promise<void> {
    // Taken out before put in, so that a figure's room for names is free again.
    const entries = [...this.#entries, ...this.#sums.values()];
    this.#entries = [];
    this.#sums = new Map();
    if (this.#kept.size > MAX_KEPT) this.#kept.clear();
    const places = new Map<string, Place>();
    const changes: { readonly key: string; readonly entry: Entry; readonly name: string }[] = [];
    for (const entry of entries) {
      for (const [step, kept] of KEPT) {
        if (entry.time < now - kept) continue;
        const start = Math.floor(entry.time / step) * step;
        for (const principal of new Set([EVERYBODY, entry.principal ?? EVERYBODY])) {
          const place = { step, start, principal };
          const key = keyOf(place);
          places.set(key, place);
          changes.push({ key, entry, name: principal === EVERYBODY ? '' : entry.name });
        }
      }
    }
    if (places.size === 0) return;
    await this.#load(db, places);
    for (const { key, entry, name } of changes) {
      const figure = this.#kept.get(key)!;
      entry.apply(figure);
      if (name !== '') figure.name = name;
    }
    const rows = [...places].map(([key, { step, start, principal }]) => {
      const row = this.#kept.get(key)!.toRow(step, start, principal);
      return COLUMNS.map((column) => row[column]);
    });
    await sql`insert or replace into figures (${sql.join(COLUMNS.map((name) => sql.ref(name)))})
      select ${sql.join(COLUMNS.map((_, i) => sql`value ->> ${sql.lit(i)}`))}
      from json_each(${JSON.stringify(rows)})`.execute(db);
  }

  async #load(db: Kysely<StoreTables>, places: ReadonlyMap<string, Place>): Promise<void> {
    const missing = [...places].filter(([key]) => !this.#kept.has(key)).map(([, place]) => place);
    if (missing.length === 0) return;
    const keys = JSON.stringify(missing.map(({ step, start, principal }) => [step, start, principal]));
    const { rows } = await sql<FigureRow>`select f.* from json_each(${keys}) j join figures f
      on f.step = j.value ->> 0 and f.start = j.value ->> 1 and f.principal = j.value ->> 2`.execute(db);
    for (const row of rows) this.#kept.set(keyOf(row), Figure.fromRow(row));
    for (const place of missing) {
      const key = keyOf(place);
      if (!this.#kept.has(key)) this.#kept.set(key, new Figure());
    }
  }
}

/** Deletes the figures that are older than their step is kept for. */
export async function expireFigures(db: Kysely<StoreTables>, now: number): Promise<void> {
  for (const [step, kept] of KEPT) {
    if (kept === Infinity) continue;
    await db
      .deleteFrom('figures')
      .where('step', '=', step)
      .where('start', '<', now - kept - step)
      .execute();
  }
}
