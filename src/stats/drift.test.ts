// The measures of drift against published values, and how often they cry wolf.
import { expect, it } from 'vitest';
import { chiSquaredTail, jensenShannon, kolmogorovSmirnov, psi } from './drift.ts';
import { type Sketch, alignSketches, newSketch, sketchSize, sketchValue } from './sketch.ts';

it('has the tail of chi-squared as tables have it', () => {
  for (const [x, degrees, chance] of [
    [3.841, 1, 0.05],
    [16.919, 9, 0.05],
    [21.666, 9, 0.01],
    [30.144, 19, 0.05],
    [43.82, 19, 0.001],
  ] as const) {
    expect(chiSquaredTail(x, degrees)).toBeCloseTo(chance, 4);
  }
});

it('finds nothing between the same, and all between what has nothing in common', () => {
  expect(psi([500, 500], [50, 50]).value).toBeCloseTo(0, 3);
  expect(jensenShannon([100, 0], [0, 100]).value).toBeCloseTo(1, 9);
  expect(kolmogorovSmirnov([100, 0], [0, 100])).toMatchObject({ value: 1 });
  expect(kolmogorovSmirnov([100, 0], [0, 100]).chance).toBeLessThan(1e-10);
  // 10% to 20%: the index as its definition has it, (0.1-0.2)ln(0.1/0.2) + (0.9-0.8)ln(0.9/0.8).
  expect(psi([100_000, 900_000], [200_000, 800_000]).value).toBeCloseTo(0.0811, 3);
});

/** Numbers that look random and are the same each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

it('cries wolf about as often as it says, on amounts as traffic has them', () => {
  const random = generator(7);
  // Log-normal, as lengths are.
  const amount = (): number => {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(Math.exp(5 + z));
  };
  const sketchOf = (size: number): Sketch => {
    const sketch = newSketch('amount');
    for (let i = 0; i < size; i++) sketchValue(sketch, amount());
    return sketch;
  };
  const TRIALS = 1500;
  const alarms = { psi: 0, js: 0, ks: 0 };
  let baseline = sketchOf(5000);
  for (let i = 0; i < TRIALS; i++) {
    if (i % 50 === 0) baseline = sketchOf(5000);
    const { before, after } = alignSketches(baseline, sketchOf(500));
    if (psi(before, after).chance < 0.05) alarms.psi++;
    if (jensenShannon(before, after).chance < 0.05) alarms.js++;
    if (kolmogorovSmirnov(before, after).chance < 0.05) alarms.ks++;
  }
  // Stated: 5%. The index is a little freer, KS over bins is stricter.
  expect(alarms.psi / TRIALS).toBeLessThan(0.08);
  expect(alarms.psi / TRIALS).toBeGreaterThan(0.025);
  expect(alarms.js / TRIALS).toBeLessThan(0.08);
  expect(alarms.js / TRIALS).toBeGreaterThan(0.025);
  expect(alarms.ks / TRIALS).toBeLessThan(0.06);
});

it('sees what has doubled', () => {
  const [a, b] = [newSketch('amount'), newSketch('amount')];
  for (let i = 0; i < 2000; i++) sketchValue(a, 50 + (i % 200));
  for (let i = 0; i < 500; i++) sketchValue(b, 2 * (50 + (i % 200)));
  const { before, after } = alignSketches(a, b);
  expect(psi(before, after).chance).toBeLessThan(1e-10);
  expect(psi(before, after).value).toBeGreaterThan(0.25);
});

it('counts names within a bound', () => {
  const sketch = newSketch('name');
  for (let i = 0; i < 10_000; i++) sketchValue(sketch, `name ${i}`);
  expect(sketch.of === 'name' && Object.keys(sketch.names).length).toBe(65);
  expect(sketchSize(sketch)).toBe(10_000);
});
