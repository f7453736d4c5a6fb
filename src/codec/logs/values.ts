// Values of logs as their services write them: times, counts that may be texts, members that may be JSON in a text.
import { z } from 'zod';
import { bodyOf } from './texts.ts';

/** A time of ISO 8601, or as BigQuery prints one, as ISO 8601 in UTC. */
export const LogTime = z.string().transform((text, context) => {
  const iso = text.replace(/ UTC$/, 'Z').replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  // A time without a zone would be another on every machine.
  const time = /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? Date.parse(iso) : NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  context.addIssue('expected a time of ISO 8601 with its zone');
  return z.NEVER;
});

/** A count, also as text. */
export const LogCount = z
  .union([z.number(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** Milliseconds, also as text. */
export const LogMillis = z
  .union([z.number(), z.string().regex(/^\d{1,12}(\.\d+)?$/)])
  .transform(Number)
  .pipe(z.number().nonnegative());

/** An object, also as the JSON of one in a text. */
export const LogObject = z.preprocess(bodyOf, z.record(z.string(), z.unknown()));

/** The first that is not null or undefined, of what `names` are called in whatever case. */
export function memberOf(object: Readonly<Record<string, unknown>>, ...names: string[]): unknown {
  for (const name of names) {
    for (const [own, value] of Object.entries(object)) {
      if (own.toLowerCase() === name.toLowerCase() && isHere(value)) return value;
    }
  }
  return undefined;
}

/** Whether a member has a value. */
export const isHere = (value: unknown): boolean => value !== undefined && value !== null;
