// Figures of a span of time, from sums that were kept as the records came: at a cost that does not grow with them.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { systemClock } from '../base/index.ts';
import { ACTIONS, type Action, type Overview, Severity } from '../contract/index.ts';
import type { FigureRow, Store, StoreTables } from '../store/index.ts';
import { Figure } from './figure.ts';
import { DAY, EVERYBODY, HOUR, KEPT, MINUTE } from './figure-sheet.ts';
import { latencyQuantile } from './latency.ts';

/** Points of a series, at most. */
const MAX_POINTS = 200;
/** Lengths of a point, ascending. Each is a multiple of the step of the figures that it is made of. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365, 3650].map((n) => n * DAY),
];
/** Minutes are read for at most this long: 1440 figures of a day are summed up in some milliseconds. */
const MOST_BY_MINUTE = DAY;
/** Principals, rules, models listed. */
const LISTED = 20;

export interface OverviewRange {
  /** ISO 8601 times, from (included) and to (excluded). */
  readonly from: string;
  readonly to: string;
  readonly principal?: string | undefined;
}

/** The finest figures that are still kept for a span, or that are worth reading for it. */
function baseOf(from: number, to: number, now: number): number {
  if (to - from <= MOST_BY_MINUTE && from >= now - KEPT.get(MINUTE)!) return MINUTE;
  return from >= now - KEPT.get(HOUR)! && to - from <= KEPT.get(HOUR)! ? HOUR : DAY;
}

/** The series' step and the step of the figures below it. */
function stepsOf(from: number, to: number, now: number): { readonly base: number; readonly step: number } {
  const base = baseOf(from, to, now);
  const step = STEPS.find((length) => length >= base && (to - from) / length <= MAX_POINTS - 1) ?? STEPS.at(-1)!;
  return { base, step };
}

const actionsOf = (figure: Figure): Record<Action, number> =>
  Object.fromEntries(ACTIONS.map((action) => [action, figure.actions.get(action) ?? 0])) as Record<Action, number>;

const detectionsOf = (figure: Figure): Overview['totals']['detections'] =>
  Object.fromEntries(
    Severity.options.map((severity) => [severity, figure.detections.get(severity) ?? 0]),
  ) as Overview['totals']['detections'];

const quantiles = (figure: Figure): { latencyP50: number | null; latencyP95: number | null } => ({
  latencyP50: latencyQuantile(figure.latencies, 0.5),
  latencyP95: latencyQuantile(figure.latencies, 0.95),
});

/** Those with the most, first. */
const most = <T>(items: Iterable<T>, measure: (item: T) => number): T[] =>
  [...items].sort((a, b) => measure(b) - measure(a)).slice(0, LISTED);

function toClasses(figure: Figure): Overview['classes'] {
  const classes = new Map<string, Record<Action, number>>();
  for (const [key, count] of figure.classes) {
    const [name = '', action = ''] = key.split(' ');
    const actions = classes.get(name) ?? actionsOf(new Figure());
    if (Object.hasOwn(actions, action)) actions[action as Action] += count;
    classes.set(name, actions);
  }
  const total = (actions: Record<Action, number>): number => Object.values(actions).reduce((a, b) => a + b, 0);
  return most(classes, ([, actions]) => total(actions)).map(([name, actions]) => ({ name, actions }));
}

function toPoint(time: number, figure: Figure): Overview['series'][number] {
  return {
    time: new Date(time).toISOString(),
    exchanges: figure.exchanges,
    refused: figure.refused,
    actions: actionsOf(figure),
    tokens: figure.inputTokens + figure.outputTokens,
    costMicros: figure.costMicros,
    detections: detectionsOf(figure),
    ...quantiles(figure),
  };
}

/** The principals with the most exchanges: summed up by the database, in the longest steps that fit. */
async function topPrincipals(
  db: Kysely<StoreTables>,
  base: number,
  from: number,
  to: number,
): Promise<Overview['principals']> {
  const firstDay = Math.min(Math.ceil(from / DAY) * DAY, to);
  const lastDay = Math.max(Math.floor(to / DAY) * DAY, firstDay);
  const parts =
    base === DAY
      ? [[DAY, from, to]]
      : [
          [base, from, firstDay],
          [DAY, firstDay, lastDay],
          [base, lastDay, to],
        ];
  const { rows } = await sql<Overview['principals'][number]>`select f.principal as id, max(f.name) as name,
      sum(f.exchanges) as exchanges, sum(f.tokens) as tokens, sum(f.cost_micros) as costMicros, sum(f.denied) as denied
    from json_each(${JSON.stringify(parts)}) p join figures f
      on f.step = p.value ->> 0 and f.start >= p.value ->> 1 and f.start < p.value ->> 2
    where f.principal <> ${EVERYBODY} group by f.principal having sum(f.exchanges) > 0
    order by 3 desc, 1 limit ${LISTED}`.execute(db);
  return rows;
}

/** The one principal that is asked about. */
function toPrincipal(id: string, { name, exchanges, costMicros, denied, ...sums }: Figure): Overview['principals'] {
  return [{ id, name, exchanges, tokens: sums.inputTokens + sums.outputTokens, costMicros, denied }];
}

async function loadFigures(
  db: Kysely<StoreTables>,
  base: number,
  from: number,
  to: number,
  principal: string,
): Promise<FigureRow[]> {
  // Of a span of centuries, only the part that there is anything of.
  const kept = await sql<{ first: number | null; last: number | null }>`select min(start) as first, max(start) as last
    from figures where step = ${base}`.execute(db);
  const { first, last } = kept.rows[0]!;
  if (first === null || last === null) return [];
  const starts: number[] = [];
  for (let start = Math.max(from, first); start < Math.min(to, last + base); start += base) starts.push(start);
  const { rows } = await sql<FigureRow>`select f.* from json_each(${JSON.stringify(starts)}) s cross join figures f
    where f.step = ${base} and f.start = s.value and f.principal = ${principal}`.execute(db);
  return rows;
}

/**
 * Figures of all exchanges opened, and all requests refused, in a span of time. The span is widened to whole minutes,
 * hours or days, those of which are still kept: `from` and `to` of the answer say which. An exchange counts at the
 * time it was opened.
 * @throws AncileError `store_fault` when the store cannot be read.
 */
export async function readOverview({ db }: Store, range: OverviewRange, now = systemClock()): Promise<Overview> {
  const asked = { from: Date.parse(range.from), to: Math.max(Date.parse(range.to), Date.parse(range.from)) };
  const { base, step } = stepsOf(asked.from, asked.to, now);
  const from = Math.floor(asked.from / base) * base;
  const to = Math.max(Math.ceil(asked.to / base) * base, from + base);
  const principal = range.principal ?? EVERYBODY;

  const total = new Figure();
  const points = new Map<number, Figure>();
  const firstPoint = Math.floor(from / step) * step;
  for (let time = firstPoint; time < to; time += step) points.set(time, new Figure());
  for (const [i, row] of (await loadFigures(db, base, from, to, principal)).entries()) {
    // Summing up takes tens of milliseconds at most, of which requests need not wait for all.
    if (i % 200 === 199) await setImmediate();
    points.get(Math.floor(row.start / step) * step)?.addRow(row);
  }
  for (const figure of points.values()) {
    total.add(figure);
    if (figure.name !== '') total.name = figure.name;
  }
  const principals =
    range.principal === undefined ? await topPrincipals(db, base, from, to) : toPrincipal(range.principal, total);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    stepMs: step,
    totals: {
      exchanges: total.exchanges,
      refused: total.refused,
      inputTokens: total.inputTokens,
      outputTokens: total.outputTokens,
      costMicros: total.costMicros,
      actions: actionsOf(total),
      outcomes: Object.fromEntries(total.outcomes),
      detections: detectionsOf(total),
      ...quantiles(total),
    },
    series: [...points].map(([time, figure]) => toPoint(time, figure)),
    classes: toClasses(total),
    principals,
    models: most(total.models, ([, { exchanges }]) => exchanges).map(([name, sums]) => ({ name, ...sums })),
    rules: most(total.rules, ([, count]) => count).map(([name, count]) => ({ name, count })),
  };
}
