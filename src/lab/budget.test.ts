// One counter for all queries: nothing is asked that the budget does not cover, and repeats are queries.
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { countQueries } from './budget.ts';
import { type Batch, BudgetSpent } from './target.ts';
import { samplesOf, thresholdTarget } from './testing/threshold.ts';

const batchOf = (count: number, rows?: number[]): Batch => ({
  data: samplesOf(new Array<number>(count).fill(0.2)).x,
  count,
  ...(rows && { rows: Int32Array.from(rows) }),
});

it('refuses what the budget for all does not cover, before it is asked', async () => {
  const seen: Batch[] = [];
  const target = countQueries(thresholdTarget({ seen }), { total: 5 });
  await target.scores(batchOf(3));
  expect(target.totalSpent).toBe(false);
  await expect(target.scores(batchOf(3))).rejects.toThrow(BudgetSpent);
  expect([target.queries, target.totalSpent, seen.length]).toEqual([3, true, 1]);
  await target.scores(batchOf(2));
  await expect(target.gradients!.ofLoss('margin', batchOf(1), Int32Array.of(0))).rejects.toThrow(BudgetSpent);
  expect([target.queries, target.gradientQueries]).toEqual([5, 0]);
});

it('counts by sample where the rows are told, and holds each to its own', async () => {
  const target = countQueries(thresholdTarget(), { perSample: 2 });
  target.begin(3);
  await target.scores(batchOf(3));
  await target.scores(batchOf(2, [0, 2]));
  expect([...target.asked]).toEqual([2, 1, 2]);
  await expect(target.scores(batchOf(1, [2]))).rejects.toThrow(/for one sample/);
  // What was refused is not counted.
  expect([...target.asked, target.queries]).toEqual([2, 1, 2, 5]);
  await target.scores(batchOf(1, [1]));
  expect(target.shared).toBe(false);
  target.begin(2);
  await target.scores(batchOf(1));
  expect([[...target.asked], target.shared]).toEqual([[0.5, 0.5], true]);
  await expect(target.scores(batchOf(4))).rejects.toThrow(/a sample/);
});

it('counts gradients apart as well', async () => {
  const target = countQueries(thresholdTarget(), {});
  await target.gradients!.ofScores(batchOf(2), new Float32Array(4));
  await target.scores(batchOf(1));
  expect([target.queries, target.gradientQueries]).toEqual([3, 2]);
});

it('asks in pieces as large as the target takes, and once more after a fault that may pass: each is a query', async () => {
  const asked: number[] = [];
  const waits: number[] = [];
  let faults = 2;
  const target = countQueries(
    {
      ...thresholdTarget(),
      most: 2,
      scores: (batch) => {
        asked.push(batch.count);
        if (faults-- > 0) return Promise.reject(new AncileError('upstream_reset', 'gone'));
        return Promise.resolve(new Float32Array(batch.count * 2).fill(batch.data[0]!));
      },
    },
    { total: 9 },
    (ms) => Promise.resolve(waits.push(ms)),
  );
  const scores = await target.scores(batchOf(5));
  expect([asked, waits, target.queries]).toEqual([[2, 2, 2, 2, 1], [250, 500], 9]);
  expect(scores.length).toBe(10);
  faults = 1;
  await expect(target.scores(batchOf(1))).rejects.toThrow(BudgetSpent);
});

it('gives up after four tries, and at once where trying again is no use', async () => {
  let asked = 0;
  const failing = (error: AncileError): ReturnType<typeof countQueries> =>
    countQueries({ ...thresholdTarget(), scores: () => Promise.reject((asked++, error)) }, {}, () => Promise.resolve());
  await expect(failing(new AncileError('upstream_timeout', 'late')).scores(batchOf(1))).rejects.toThrow('late');
  expect(asked).toBe(4);
  await expect(failing(new AncileError('upstream_refused', 'no')).scores(batchOf(1))).rejects.toThrow('no');
  expect(asked).toBe(5);
});
