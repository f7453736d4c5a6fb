// The judge believes nobody: what is outside, impossible or no number does not count, whatever the model makes of it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allowance, distance } from './distance.ts';
import { type Bound, checkExample, judge, toClasses } from './judge.ts';
import { SIZE, samplesOf, thresholdTarget } from './testing/threshold.ts';

const bound: Bound = { norm: 'linf', eps: 0.2, space: { low: 0, high: 1 } };

it('counts what fools within all bounds, and says why the rest does not', async () => {
  const samples = samplesOf([0.4, 0.4, 0.4, 0.1, 0.4, 0.4]);
  const examples = samples.x.slice();
  const set = (sample: number, values: readonly number[]): void => examples.set(values, sample * SIZE);
  set(0, [0.6, 0.6, 0.6, 0.6]);
  set(1, [0.61, 0.6, 0.6, 0.6]);
  set(2, [0.6, NaN, 0.6, 0.6]);
  set(3, [-0.1, 0.1, 0.1, 0.1]);
  set(4, [0.6, 0.6, 0.6, 0.4]);
  const space = { ...bound.space, mutable: Uint8Array.of(1, 1, 1, 0) };
  const { x, count, labels } = samples;
  const open = await judge(thresholdTarget(), { data: x, count }, examples, labels, bound);
  expect(open.map(({ fooled, rejected }) => rejected ?? fooled)).toEqual([
    true,
    'outside-eps',
    'not-finite',
    'outside-bounds',
    true,
    false,
  ]);
  const masked = await judge(thresholdTarget(), { data: x, count }, examples, labels, { ...bound, space });
  expect(masked[0]).toMatchObject({ fooled: false, rejected: 'not-mutable', predicted: 1 });
  expect(masked[4]!.fooled).toBe(true);
});

it('holds an example against what could exist', () => {
  const original = Float32Array.of(1, 1, 1, 1);
  const whole = {
    low: 0,
    high: 5,
    repair: (sample: Float32Array) => sample.forEach((v, i) => (sample[i] = Math.round(v))),
  };
  const check = (values: readonly number[]) =>
    checkExample(Float32Array.from(values), original, { norm: 'l1', eps: 2, space: whole });
  expect(check([2, 1, 1, 1])).toBeUndefined();
  expect(check([1.5, 1, 1, 1])).toBe('impossible');
  const said = { low: 0, high: 5, violation: () => 'no' };
  expect(checkExample(original, original, { norm: 'l1', eps: 2, space: said })).toBe('impossible');
});

it('forgives the rounding of float32 and nothing more', () => {
  const value = fc.float({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 50 }),
      fc.double({ min: 1e-3, max: 1, noNaN: true }),
      (values, eps) => {
        const original = Float32Array.from(values);
        const moved = original.map((each) => Math.fround(each + eps));
        expect(distance('linf', moved, original)).toBeLessThanOrEqual(
          allowance('linf', eps, original) + 2 ** -23 * eps,
        );
        const beyond = original.map((each) => Math.fround(each + eps * 1.001 + 1e-5));
        expect(distance('linf', beyond, original)).toBeGreaterThan(allowance('linf', eps, original));
      },
    ),
  );
});

it('measures by each norm', () => {
  const [a, b] = [Float32Array.of(0, 0, 0), Float32Array.of(3, -4, 0)];
  expect([distance('linf', a, b), distance('l2', a, b), distance('l1', a, b)]).toEqual([4, 5, 7]);
});

it('takes the first of the greatest scores, and no number for none', () => {
  expect([...toClasses(Float32Array.of(1, 1, 0, NaN, -1, -2), 3)]).toEqual([0, 1]);
});
