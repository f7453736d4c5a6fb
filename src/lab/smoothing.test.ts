import { expect, it } from 'vitest';
import { certify, predictSmoothed } from './smoothing.ts';
import { analyticTarget, linear } from './testing/analytic.ts';

// Of a linear model the smoothed one has the same boundary: no certificate may reach past it, and with many copies it comes near.
const target = analyticTarget(
  linear(
    [
      [1, 2, -2],
      [-1, -2, 2],
    ],
    [0, 0],
  ),
  { gives: 'labels', gradients: false },
);
const rows = [
  [0.3, 0.3, 0.1],
  [0.1, 0, 0.9],
  [0.2, 0.4, 0.5],
];
const batch = { data: Float32Array.from(rows.flat()), count: rows.length };
const way = rows.map(([a, b, c]) => Math.abs(a! + 2 * b! - 2 * c!) / 3);

it('certifies as far as the boundary, never past it, and abstains on it', async () => {
  const found = await certify(target, batch, { sigma: 0.3, seed: 4, estimation: 4000 });
  for (const i of [0, 1]) {
    expect(found[i]!.label).toBe(i);
    expect(found[i]!.radius).toBeLessThan(way[i]!);
    expect(found[i]!.radius).toBeGreaterThan(0.8 * way[i]!);
  }
  expect(found[2]).toMatchObject({ label: undefined, radius: 0 });
  expect(target.asked).toBe(3 * 4100);
});

it('answers by the majority over noise, where there is one', async () => {
  expect(await predictSmoothed(target, batch, { sigma: 0.3, seed: 4 })).toEqual([0, 1, undefined]);
});

it('stops when it is told to', async () => {
  const signal = AbortSignal.abort();
  await expect(certify(target, batch, { sigma: 0.3, seed: 4, signal })).rejects.toMatchObject({ name: 'AbortError' });
});
