// Examples that can be stored: multiples of a step, still within the bound, and told when they are none.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onGrid } from './grid.ts';
import { checkExample } from './judge.ts';
import { LabNorm } from '../contract/index.ts';

const STEP = 1 / 255;
const levels = Float32Array.of(0, 3 / 255, 100 / 255, 254 / 255, 1, 17 / 255);
const samples = { x: levels, count: 1 };

it('rounds to multiples within the bound and the eps', () => {
  const space = onGrid(() => ({ low: 0, high: 1 }), STEP, samples);
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.constantFrom(...LabNorm.options),
      fc.integer({ min: 1, max: 20 }),
      (moves, norm, steps) => {
        // Half a step more than whole ones: the nearest multiple may lie beyond it.
        const eps = (steps + 0.5) * STEP;
        const share = norm === 'linf' ? eps : eps / 6;
        const example = levels.map((value, i) => Math.min(1, Math.max(0, value + moves[i]! * share)));
        const within = space(norm, eps);
        within.repair!(example, levels);
        for (const value of example) expect(Math.abs(value * 255 - Math.round(value * 255))).toBeLessThan(1e-3);
        expect(checkExample(example, levels, { norm, eps, space: within })).toBeUndefined();
        const again = example.slice();
        within.repair!(again, levels);
        expect([...again]).toEqual([...example]);
      },
    ),
  );
});

it('leaves what was not moved by half a step to the last bit, and refuses what lies between', () => {
  const space = onGrid(() => ({ low: 0, high: 1 }), STEP, samples)('linf', 0.1);
  const near = levels.map((value) => Math.min(1, value + 0.4 * STEP));
  space.repair!(near, levels);
  expect([...near]).toEqual([...levels]);
  const between = levels.slice();
  between[2]! += 1.5 * STEP;
  expect(checkExample(between, levels, { norm: 'linf', eps: 0.1, space })).toBe('impossible');
  expect(() => onGrid(() => ({ low: 0, high: 1 }), STEP, { x: Float32Array.of(0.5, 0.1), count: 2 })).toThrow(
    /sample 0 holds 0\.5, no multiple/,
  );
});
