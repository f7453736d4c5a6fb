import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Norm, Space } from '../attack.ts';
import { Ball } from './ball.ts';
import { distance } from './distance.ts';
import { moveOnto } from './hyperplane.ts';

const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const wide = fc.oneof(
  fc.double({ min: -3, max: 4, noNaN: true }),
  fc.constantFrom(NaN, Infinity, -Infinity, 0, 1, 1e30, -1e-40),
);
const cases = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    original: fc.array(unit, { minLength: size, maxLength: size }),
    moved: fc.array(wide, { minLength: size, maxLength: size }),
    mutable: fc.array(fc.constantFrom(0, 1, 1), { minLength: size, maxLength: size }),
    low: fc.array(fc.double({ min: -0.5, max: 0, noNaN: true }), { minLength: size, maxLength: size }),
    high: fc.array(fc.double({ min: 1, max: 1.5, noNaN: true }), { minLength: size, maxLength: size }),
    eps: fc.double({ min: 1e-3, max: 3, noNaN: true }),
    norm: fc.constantFrom(...NORMS),
  }),
);

function project(ball: Ball, row: ArrayLike<number>): Float32Array {
  const x = Float32Array.from(row);
  ball.project(x, 0, 0);
  return x;
}

it('takes any row into ball, box and mask, to the last digit, and leaves there what is there', () => {
  fc.assert(
    fc.property(cases, ({ original, moved, mutable, low, high, eps, norm }) => {
      const space: Space = {
        low: Float32Array.from(low),
        high: Float32Array.from(high),
        mutable: Uint8Array.from(mutable),
      };
      const at = Float32Array.from(original);
      const ball = new Ball(norm, eps, space, at, at.length);
      const x = project(ball, moved);
      expect(distance(norm, x, 0, at, 0, at.length)).toBeLessThanOrEqual(eps);
      x.forEach((value, j) => {
        expect(value).toBeGreaterThanOrEqual((space.low as Float32Array)[j]!);
        expect(value).toBeLessThanOrEqual((space.high as Float32Array)[j]!);
        if (mutable[j] === 0) expect(value === at[j]).toBe(true);
      });
      project(ball, x).forEach((value, j) => expect(value === x[j]).toBe(true));
    }),
    { numRuns: 400 },
  );
});

it('takes rows to the nearest point: no other point of the ball lies at a right or sharp angle beyond it', () => {
  const finite = fc.double({ min: -3, max: 4, noNaN: true });
  const six = { minLength: 6, maxLength: 6 };
  const all = fc.tuple(
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), six),
    fc.array(finite, six),
    fc.array(finite, six),
    fc.constantFrom(...NORMS),
    unit,
  );
  fc.assert(
    fc.property(all, ([original, moved, other, norm, radius]) => {
      const at = Float32Array.from(original);
      const ball = new Ball(norm, 0.05 + radius, { low: -1, high: 1 }, at, 6);
      const y = Float32Array.from(moved);
      const x = project(ball, y);
      const z = project(ball, other);
      // The projection p of y on a convex set has (y - p) . (z - p) <= 0 for every z of the set.
      let angle = 0;
      for (let j = 0; j < 6; j++) angle += (y[j]! - x[j]!) * (z[j]! - x[j]!);
      expect(angle).toBeLessThanOrEqual(1e-4);
    }),
    { numRuns: 400 },
  );
});

it('takes what is without end nowhere where there are no bounds', () => {
  const at = Float32Array.of(0.5, 0.5, 0.5);
  for (const norm of ['l2', 'l1'] as const) {
    const ball = new Ball(norm, 1, { low: -Infinity, high: Infinity }, at, 3);
    expect([...project(ball, [Infinity, NaN, 9.5])]).toEqual([0.5, 0.5, 1.5]);
  }
});

it('leaves a bound of infinity to the box', () => {
  const at = Float32Array.of(0.5, 0.5);
  for (const norm of NORMS) {
    expect([...project(new Ball(norm, Infinity, { low: 0, high: 1 }, at, 2), [9, -9])]).toEqual([1, 0]);
  }
});

it('reaches a hyperplane by the shortest move that the box leaves', () => {
  const five = { minLength: 5, maxLength: 5 };
  const all = fc.tuple(
    fc.array(unit, five),
    fc.array(fc.integer({ min: -4, max: 4 }), five),
    fc.double({ min: -2, max: 2, noNaN: true }),
    fc.array(unit, five),
    fc.constantFrom(...NORMS),
  );
  fc.assert(
    fc.property(all, ([point, normal, rise, other, norm]) => {
      const from = Float32Array.from(point);
      const w = Float32Array.from(normal);
      const bounds = { low: new Float32Array(5), high: new Float32Array(5).fill(1) };
      const move = new Float32Array(5);
      const plane = { point: from, ...bounds, from: 0, size: 5, normal: w, at: 0 };
      const length = moveOnto(norm, plane, rise, move);
      const landed = from.map((value, j) => value + move[j]!);
      const dot = (a: Float32Array): number => a.reduce((sum, value, j) => sum + value * w[j]!, 0);
      landed.forEach((value) => {
        expect(value).toBeGreaterThanOrEqual(-1e-6);
        expect(value).toBeLessThanOrEqual(1 + 1e-6);
      });
      const side = rise < 0 ? -1 : 1;
      const most = w.reduce((sum, value, j) => sum + Math.abs(value) * (side * value > 0 ? 1 - from[j]! : from[j]!), 0);
      expect(dot(landed) - dot(from)).toBeCloseTo(side * Math.min(Math.abs(rise), most), 4);
      // Another point of the box beyond the plane lies no nearer.
      const another = Float32Array.from(other);
      if (side * (dot(another) - dot(from) - rise) >= 1e-4) {
        expect(distance(norm, another, 0, from, 0, 5)).toBeGreaterThanOrEqual(length - 1e-4);
      }
    }),
    { numRuns: 400 },
  );
});
