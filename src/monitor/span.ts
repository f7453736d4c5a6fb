// A span of time in a rule: `90s`, `5m`, `24h`; a number stays what it is, so that what was parsed parses again.
import { z } from 'zod';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOST = 31 * UNITS.d;

/** Milliseconds. */
export const Span = z
  .union([z.string().regex(/^\d{1,6}(s|m|h|d)$/, 'expected a span such as 90s, 5m, 24h or 7d'), z.int().nonnegative()])
  .transform((given) => {
    if (typeof given === 'number') return given;
    const [, count, unit] = /^(\d+)(s|m|h|d)$/.exec(given)!;
    return Number(count) * UNITS[unit as keyof typeof UNITS];
  })
  .refine((ms) => ms <= MOST, 'longer than 31d');

/** A span in words: `5 m`. */
export function showSpan(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const)
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]} ${unit}`;
  return `${Math.round(ms / 1000)} s`;
}
