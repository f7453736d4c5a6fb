// Stored predictions answer for the samples that they are of, and refuse what is new.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../test/harness/cleanup.ts';
import { renderNpz } from '../data/npz.ts';
import { samplesOf } from '../testing/threshold.ts';
import { openStored } from './stored.ts';

const samples = samplesOf([0.1, 0.6, 0.9]);
const path = join(tempFolder(), 'p.npz');
const write = (arrays: Parameters<typeof renderNpz>[0]): string => {
  writeFileSync(path, Buffer.concat(renderNpz(arrays)));
  return path;
};

it('answers for its own samples only', async () => {
  const scores = { data: Float32Array.of(0.8, 0.2, 0.3, 0.7, 0.1, 0.9), shape: [3, 2] };
  const blurred = { data: Int32Array.of(0, 0, 1), shape: [3] };
  const { target, variants } = openStored(write({ scores, blurred }), samples);
  expect(target).toMatchObject({ classes: 2, gives: 'probabilities' });
  expect([...variants].map(([name, classes]) => [name, ...classes])).toEqual([['blurred', 0, 0, 1]]);
  const last = await target.scores({ data: samples.x.subarray(4), count: 2 });
  expect([...last]).toEqual([...scores.data.subarray(2)]);
  await expect(target.scores({ data: samples.x.slice(0, 4), count: 1 })).rejects.toThrow(/their own samples only/);
  await expect(target.scores({ data: samples.x.subarray(1), count: 1 })).rejects.toThrow(/their own samples only/);
});

it('says what of a file is not as expected', () => {
  const of = (data: Int32Array, shape: number[]) => ({ data, shape });
  expect(() => openStored(write({ other: of(Int32Array.of(1), [1]) }), samples)).toThrow(/none of the arrays scores/);
  expect(() => openStored(write({ labels: of(Int32Array.of(0, 1), [2]) }), samples)).toThrow(/2 predictions for 3/);
  expect(() => openStored(write({ labels: of(Int32Array.of(0, 1, -1), [3]) }), samples)).toThrow(/-1 is no class/);
  expect(openStored(write({ labels: of(Int32Array.of(0, 1, 4), [3]) }), samples).target.classes).toBe(5);
});
