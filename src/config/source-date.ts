// The time that a reproducible build gives its tools.
import { AncileError } from '../base/index.ts';

/**
 * SOURCE_DATE_EPOCH in milliseconds (https://reproducible-builds.org/specs/source-date-epoch); undefined where it is not set.
 * @throws AncileError `usage` where it is no number of seconds
 */
export function sourceDate(): number | undefined {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given === undefined || given === '') return undefined;
  if (!/^\d{1,12}$/.test(given)) throw new AncileError('usage', 'SOURCE_DATE_EPOCH is no number of seconds');
  return Number(given) * 1000;
}
