// Pictures whose channels stand last: there and back, and attacked as they would be with their channels first.
import { expect, it } from 'vitest';
import { fromPlanes, isChannelsLast, toPlanes } from './channels.ts';
import { square } from './evasion/square.ts';
import { simbaDct } from './evasion/simba.ts';
import { createRandom } from './random.ts';
import type { Target } from './target.ts';

const SHAPE = [6, 5, 3];
const SIZE = 90;
const COUNT = 3;

it('turns there and back', () => {
  const rows = Float32Array.from({ length: 2 * SIZE }, (_, i) => i);
  const planes = toPlanes(rows, SHAPE);
  expect([planes[0], planes[1], planes[30], planes[SIZE]]).toEqual([0, 3, 1, SIZE]);
  expect(fromPlanes(planes, SHAPE)).toEqual(rows);
  expect([SHAPE, [3, 8, 8], [1, 28, 28], [28, 28, 1], [4]].map(isChannelsLast)).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

/** Class 1 where a weighted sum over planes is above a half. */
function targetOf(isLast: boolean): Target {
  const weights = Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i * 7));
  return {
    ...{ name: 'planes', classes: 2, gives: 'logits', close: () => Promise.resolve() },
    shape: isLast ? SHAPE : [3, 6, 5],
    scores({ data, count }) {
      const planes = isLast ? toPlanes(data, SHAPE) : data;
      const scores = new Float32Array(count * 2);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < SIZE; j++) scores[i * 2 + 1]! += weights[j]! * planes[i * SIZE + j]!;
      }
      return Promise.resolve(scores);
    },
  };
}

it.each([square, simbaDct])('finds the same either way: $name', async (attack) => {
  const planes = Float32Array.from({ length: COUNT * SIZE }, (_, i) => 0.5 + 0.3 * Math.sin(i));
  const run = async (isLast: boolean): Promise<Float32Array> => {
    const target = targetOf(isLast);
    const data = isLast ? fromPlanes(planes, SHAPE) : planes;
    const scores = await target.scores({ data, count: COUNT });
    const labels = Int32Array.from({ length: COUNT }, (_, i) => (scores[i * 2 + 1]! > 0 ? 1 : 0));
    const best = data.slice();
    await attack.run({
      ...{ target, labels, best, norm: 'linf', eps: 0.02, steps: 40, space: { low: 0, high: 1 } },
      batch: { data, count: COUNT },
      random: createRandom(3, 'both'),
      signal: new AbortController().signal,
    });
    return isLast ? toPlanes(best, SHAPE) : best;
  };
  const first = await run(false);
  expect(await run(true)).toEqual(first);
  expect(first).not.toEqual(planes);
});
