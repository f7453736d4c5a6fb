// kill -9 at random moments, three times; `tools/soak-ledger.ts --rounds 100` does it at length.
import { expect, it } from 'vitest';
import { soak } from '../../tools/soak-ledger.ts';

it('loses no acknowledged record to kill -9', async () => {
  const result = await soak(3);
  expect(result.failures).toEqual([]);
  expect(result.acknowledged).toBeGreaterThan(0);
  expect(result.size).toBeGreaterThanOrEqual(result.acknowledged);
}, 60_000);
