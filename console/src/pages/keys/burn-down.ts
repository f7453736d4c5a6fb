// How a budget burns down: what was used so far, where that leads, and when it will be spent.
import type { BudgetUse } from '../../contract.ts';

export const METRICS = ['requests', 'tokens', 'costMicros'] as const;
export type Metric = (typeof METRICS)[number];

export interface BurnPoint {
  /** ISO 8601. */
  readonly time: string;
  readonly used: number | null;
  /** A straight line on from what was used, at the window's mean pace so far. */
  readonly projected: number | null;
  readonly limit: number;
  readonly [name: string]: string | number | null;
}

export interface BurnDown {
  readonly metric: Metric;
  readonly limit: number;
  readonly used: number;
  readonly reserved: number;
  readonly points: readonly BurnPoint[];
  /** When the limit is reached at this pace, ISO 8601; absent where that is not before the window's end. */
  readonly spentAt?: string;
}

/** A budget without an end is looked ahead by as much as it has run, at most so long, milliseconds. */
const LOOK_AHEAD_MS = 30 * 86_400_000;
/** Points on the projected line: enough for a hand to find. */
const STEPS = 12;

/** The burn-down of one bound of a budget; undefined where that bound is not set. */
export function burnDown(
  { budget, starts, ends, charged, reserved, series }: BudgetUse,
  metric: Metric,
  now: number,
): BurnDown | undefined {
  const limit = budget[metric];
  if (limit === undefined) return undefined;
  const start = Date.parse(starts);
  const used = charged[metric];
  const end = ends === undefined ? now + Math.min(Math.max(now - start, 86_400_000), LOOK_AHEAD_MS) : Date.parse(ends);
  const pace = now > start ? used / (now - start) : 0;
  const at = (time: number): string => new Date(time).toISOString();

  const past = series.filter(({ time }) => Date.parse(time) < now);
  const points: BurnPoint[] = [
    ...past.map((point) => ({ time: point.time, used: point[metric], projected: null, limit })),
    { time: at(now), used, projected: used, limit },
  ];
  for (let i = 1; i <= STEPS && end > now; i++) {
    const time = now + ((end - now) * i) / STEPS;
    points.push({ time: at(time), used: null, projected: Math.round(used + pace * (time - now)), limit });
  }
  const left = limit - used;
  const spent = left <= 0 ? now : pace === 0 ? Infinity : now + left / pace;
  return {
    metric,
    limit,
    used,
    reserved: reserved[metric],
    points,
    ...(spent < end ? { spentAt: at(spent) } : {}),
  };
}
