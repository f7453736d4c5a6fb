// Numbers of the text protocols and of LONG1/LONG4, as Python reads them.
import { type Value, Unknown } from './values.ts';

const BIG = 2 ** 53;

/** A number as it stands in a line: C takes nothing behind a NUL for part of it, and underscores are allowed. */
const numeral = (line: string): string => line.split('\0', 1)[0]!.trim().replaceAll('_', '');

/** The argument of INT or LONG; undefined where it is no number. */
export function parseInteger(line: string, booleans: boolean): Value | undefined {
  if (booleans && (line === '00' || line === '01')) return line === '01';
  const digits = numeral(line).replace(/L$/, '');
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.test(digits)) return undefined;
  return digits.length <= 15 ? Number(digits) : new Unknown('a long number');
}

/** The argument of FLOAT; undefined where it is no number. */
export function parseFloating(line: string): number | undefined {
  const text = numeral(line);
  if (/^[+-]?(nan|inf|infinity)$/i.test(text)) return NaN;
  return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** The argument of GET or PUT; undefined where it is no index. */
export function parseIndex(line: string): number | undefined {
  const digits = numeral(line);
  return /^\+?\d+$/.test(digits) ? Number(digits) : undefined;
}

/**
 * @param bytes - little-endian two's complement, as Latin-1
 */
export function longOf(bytes: string): number | bigint {
  const last = bytes.length - 1;
  let value = 0n;
  for (let at = last; at >= 0; at--) value = (value << 8n) | BigInt(bytes.charCodeAt(at));
  if (last >= 0 && bytes.charCodeAt(last) > 127) value -= 1n << BigInt(8 * bytes.length);
  return value >= -BIG && value <= BIG ? Number(value) : value;
}

/** A line of the file as the UTF-8 that it is. */
export const utf8 = (line: string): string =>
  /[\x80-\xff]/.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line;
