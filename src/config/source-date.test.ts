// The time of a reproducible build, as the environment gives it.
import { afterEach, expect, it, vi } from 'vitest';
import { sourceDate } from './index.ts';

afterEach(() => vi.unstubAllEnvs());

it('is a number of seconds, or not there, or a mistake', () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', undefined);
  expect(sourceDate()).toBeUndefined();
  vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
  expect(sourceDate()).toBe(1_700_000_000_000);
  vi.stubEnv('SOURCE_DATE_EPOCH', 'yesterday');
  expect(() => sourceDate()).toThrow(/SOURCE_DATE_EPOCH/);
});
