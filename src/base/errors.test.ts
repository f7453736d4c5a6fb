// Every fault has one row in the table, and docs/errors.md says the same of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AncileError, ERROR_TABLE, systemCode, toAncileError } from './index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** The rows of the page's table of codes. */
const rows = [...page.matchAll(/^\| `([a-z_]+)` +\|(.*)\|$/gm)].map(([, code, rest]) => {
  const [status, exit, retryable, meaning, advice] = rest!.split('|').map((cell) => cell.trim());
  return {
    code,
    kind: { status: Number(status), exit: Number(exit), retryable: retryable === 'yes' },
    meaning,
    advice,
  };
});

it('documents every code, in the order of the table, as the table has it', () => {
  expect(rows.map(({ code, kind }) => [code, kind])).toEqual(Object.entries(ERROR_TABLE));
  for (const { meaning, advice } of rows) {
    expect(meaning).toMatch(/\w{3}/);
    expect(advice).toMatch(/\w{3}/);
  }
});

it('uses statuses and exit codes that mean what they say', () => {
  for (const [code, { status, exit, retryable }] of Object.entries(ERROR_TABLE)) {
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(status, code).toBeLessThan(600);
    // What the caller must change does not succeed by being sent again, and is never a fault of ours.
    if (exit !== 3) expect(retryable, code).toBe(false);
    if (retryable) expect(exit, code).toBe(3);
  }
});

it('carries place, hint and cause, and takes the rest from the table', () => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.7:443');
  const error = new AncileError('upstream_unreachable', 'the upstream is not there', {
    at: 'upstreams.main',
    hint: 'Look at baseUrl.',
    cause,
  });
  expect(error).toMatchObject({ status: 502, exitCode: 3, retryable: true, at: 'upstreams.main', cause });
  expect(error.message).not.toContain('10.0.0.7');
  expect(new AncileError('usage', 'x')).not.toHaveProperty('cause');
});

it('makes anything thrown a coded error, and leaves coded ones as they are', () => {
  const coded = new AncileError('conflict', 'there already');
  expect(toAncileError(coded, 'internal')).toBe(coded);
  const wrapped = toAncileError(new TypeError('boom'));
  expect(wrapped).toMatchObject({ code: 'internal', message: 'boom' });
  expect(wrapped.cause).toBeInstanceOf(TypeError);
  expect(toAncileError('just a string', 'store_fault')).toMatchObject({
    code: 'store_fault',
    message: 'just a string',
  });
});

it('reads the code of a fault of the system, and of nothing else', () => {
  expect(systemCode(Object.assign(new Error('full'), { code: 'ENOSPC' }))).toBe('ENOSPC');
  expect(systemCode(new Error('full'))).toBeUndefined();
  expect(systemCode({ code: 'ENOSPC' })).toBeUndefined();
  expect(systemCode(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
});
