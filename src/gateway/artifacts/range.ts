// Which bytes of a file are asked for (RFC 9110, 14): one range, or all of it.
import type { IncomingHttpHeaders } from 'node:http';

/** End exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  /** Whether it is an answer of part (206). */
  readonly partial: boolean;
}

function matchesTag(list: string, etag: string): boolean {
  return list.split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*');
}

/** Whether the client has the file already. @param etag - with its quotes */
export function isKnown(headers: IncomingHttpHeaders, etag: string): boolean {
  const tags = headers['if-none-match'];
  return tags !== undefined && matchesTag(tags, etag);
}

/** `unsatisfiable` for a range that begins behind the end. What cannot be read, or asks for several, is all of it. */
export function parseRange(headers: IncomingHttpHeaders, size: number, etag: string): ByteRange | 'unsatisfiable' {
  const whole = { start: 0, end: size, partial: false };
  const { range } = headers;
  if (size === 0) return whole;
  const condition = headers['if-range'];
  if (range === undefined || (typeof condition === 'string' && condition !== etag)) return whole;
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range.trim()) ?? [];
  if (first === '' && last === '') return whole;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size, partial: true };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return whole;
  return start >= size ? 'unsatisfiable' : { start, end, partial: true };
}
