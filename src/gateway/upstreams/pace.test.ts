import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ERROR_TABLE, type ErrorCode } from '../../base/index.ts';
import { adviseFault, adviseStatus, forbidsRetry, readRetryAfter, retryDelay } from './pace.ts';

const retries = { perTarget: 3, backoff: 200, maxBackoff: 5000, deadline: 600_000 };
const NOW = Date.parse('2026-01-02T03:04:05Z');

it.each([
  [408, 'again'],
  [409, 'again'],
  [425, 'again'],
  [429, 'again'],
  [500, 'again'],
  [503, 'again'],
  [529, 'again'],
  [301, 'elsewhere'],
  [401, 'elsewhere'],
  [402, 'elsewhere'],
  [403, 'elsewhere'],
  [400, 'final'],
  [404, 'final'],
  [413, 'final'],
  [422, 'final'],
])('status %s: %s', (status, advice) => expect(adviseStatus(status)).toBe(advice));

it('asks nobody again after a fault of our own', () => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    if (!code.startsWith('upstream_')) expect(adviseFault(code)).toBe('final');
  }
  expect(adviseFault('upstream_timeout')).toBe('elsewhere');
  expect(adviseFault('upstream_reset')).toBe('again');
});

it.each([
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
  [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': ['1', '2'] }, undefined],
  [{ 'retry-after': '1e9' }, undefined],
  [{}, undefined],
])('reads %j as %s ms', (headers, ms) => expect(readRetryAfter(headers, NOW)).toBe(ms));

it('waits within the bounds, whatever is asked for', () => {
  fc.assert(
    fc.property(
      fc.nat(20),
      fc.option(fc.nat(100_000), { nil: undefined }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (retry, asked, random) => {
        const delay = retryDelay(retries, retry, asked, random);
        if (asked !== undefined && asked > retries.maxBackoff) return delay === undefined;
        if (delay === undefined) return false;
        const most = asked === undefined ? Math.min(retries.maxBackoff, retries.backoff * 2 ** retry) : asked + 200;
        return delay >= (asked ?? 0) && delay <= most;
      },
    ),
  );
});

it('heeds an upstream that says asking again is of no use', () => {
  expect(forbidsRetry({ 'x-should-retry': 'false' })).toBe(true);
  expect(forbidsRetry({ 'x-should-retry': 'true' })).toBe(false);
});
