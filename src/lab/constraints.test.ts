// Rows of tables stay rows that could exist: what is repaired passes the check, and stays within the bound.
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { LabConstraints, LabGate, LabNorm } from '../contract/index.ts';
import { boundsOf, parseBounds } from './bounds.ts';
import { constrain } from './constraints.ts';
import { checkExample } from './judge.ts';
import { readSettings } from './settings-file.ts';

const columns = ['age', 'income', 'red', 'green', 'blue', 'score'];
const file = LabConstraints.parse({
  columns: { age: { integer: true, min: 18, max: 90 }, income: { immutable: true }, '5': { max: 1 } },
  oneHot: [['red', 'green', 'blue']],
  maxChanged: 2,
});
const samples = { x: Float32Array.of(40, 1000, 0, 1, 0, 0.5, 20, 500, 1, 0, 0, 0), count: 2, columns };
const bounds = parseBounds('0,2000');

it('repairs to what could exist, within the bound', () => {
  const space = constrain(file, bounds, samples);
  const number = fc.float({ min: -50, max: 2500, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(...LabNorm.options),
      fc.double({ min: 0.1, max: 30, noNaN: true }),
      (moves, norm, eps) => {
        const original = samples.x.slice(0, 6);
        const within = space(norm, eps);
        // What an attack keeps to by itself: the box and the mask, and a share of the ball.
        const share = norm === 'linf' ? eps : eps / 6;
        const low = within.low as Float32Array;
        const high = within.high as Float32Array;
        const sample = original.map((value, i) =>
          Math.min(high[i]!, Math.max(low[i]!, value + Math.max(-share, Math.min(share, moves[i]! - value)))),
        );
        within.repair!(sample, original);
        expect(checkExample(sample, original, { norm, eps, space: within })).toBeUndefined();
        const again = sample.slice();
        within.repair!(again, original);
        expect([...again]).toEqual([...sample]);
      },
    ),
  );
});

it('says what could not exist', () => {
  const space = constrain(file, bounds, samples)('linf', 100);
  const original = samples.x.slice(0, 6);
  const check = (values: number[]) =>
    checkExample(Float32Array.from(values), original, { norm: 'linf', eps: 100, space });
  expect(check([41, 1000, 1, 0, 0, 0.5])).toBeUndefined();
  expect(check([40.5, 1000, 0, 1, 0, 0.5])).toBe('impossible');
  expect(check([40, 1001, 0, 1, 0, 0.5])).toBe('not-mutable');
  expect(check([40, 1000, 0.5, 0.5, 0, 0.5])).toBe('impossible');
  expect(check([40, 1000, 1, 1, 0, 0.5])).toBe('impossible');
  expect(check([12, 1000, 0, 1, 0, 0.5])).toBe('outside-bounds');
  // Three things changed: an age, a colour, a score.
  expect(check([41, 1000, 1, 0, 0, 0.6])).toBe('impossible');
});

it('refuses files that do not fit the data', () => {
  const make = (text: object) => () => constrain(LabConstraints.parse(text), bounds, samples);
  expect(make({ columns: { nobody: {} } })).toThrow(/no column nobody/);
  expect(make({ columns: { '6': {} } })).toThrow(/no column 6/);
  expect(make({ names: ['a'] })).toThrow(/1 names for 6 columns/);
  expect(
    make({
      oneHot: [
        ['red', 'green'],
        ['green', 'blue'],
      ],
    }),
  ).toThrow(/twice/);
  expect(make({ columns: { age: { min: 5, max: 1 } } })).toThrow(/range of age is empty/);
  expect(make({ columns: { age: { min: 30 } } })).toThrow(/sample 1 breaks the constraints as it is: column 0 is 20/);
  expect(make({ oneHot: [['red', 'green']], columns: { score: { integer: true } } })).toThrow(
    /sample 0 breaks .*no whole number/,
  );
});

it('reads bounds from the data', () => {
  const told = (x: number[], shape: number[]) => boundsOf({ x: Float32Array.from(x), count: 1, shape }).told;
  expect(told([0, 0.5, 1], [3])).toMatch(/^\[0, 1\]/);
  expect(told([0, 200.5], [1, 1, 2])).toMatch(/^\[0, 255\]/);
  expect(told([0, 200], [2])).toMatch(/^\[0, 255\]/);
  // A single sample has no spread of its own in any feature.
  expect(told([5.1, 3.5], [2])).toMatch(/^the least and greatest/);
  // Few rows say little of what a column may be; ten say something.
  const rows = Array.from({ length: 10 }, (_, row) => [row === 0 ? -1 : 3, row === 0 ? 5 : 2]).flat();
  const each = boundsOf({ x: Float32Array.from(rows), count: 10, shape: [2] });
  expect(each.told).toMatch(/^each feature/);
  expect([[...(each.low as Float32Array)], [...(each.high as Float32Array)]]).toEqual([
    [-1, 2],
    [3, 5],
  ]);
  for (const text of ['1', '1,0', 'a,b', '0,1,2', ',']) expect(() => parseBounds(text)).toThrow(/--clip/);
});

it('names the line of a settings file that is wrong', () => {
  const path = join(tempFolder(), 'gate.yaml');
  const read = (text: string) => () => {
    writeFileSync(path, text);
    return readSettings(path, LabGate);
  };
  expect(read('require:\n  - { attack: pgd, eps: 0.1, robustAccuracy: ">= 0.3" }\n')()).toMatchObject({
    require: [{ attack: 'pgd', eps: 0.1, by: 'point' }],
  });
  expect(read('require:\n  - { attack: pgd, robustAccuracy: "0.3" }')).toThrow(
    /gate\.yaml:2:\d+: require\.0\.robustAccuracy: expected a comparison/,
  );
  expect(read('require:\n  - { attack: pgd }')).toThrow(/expected robustAccuracy or cleanAccuracy/);
  expect(read('require: [{a: 1')).toThrow(/gate\.yaml:1/);
  expect(read('a: &x 1\nb: *x')).toThrow(/alias/);
  expect(read('['.repeat(5000))).toThrow(/nests too deep/);
});
