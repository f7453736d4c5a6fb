// Examples that can be stored: a picture of bytes has 256 brightnesses, a model of whole numbers takes nothing between them. What an
// attack found is rounded before the model is asked, and judged as it was rounded.
import { AncileError } from '../base/index.ts';
import type { Norm } from './attack.ts';
import { allowance, distance } from './distance.ts';
import type { JudgedSpace } from './judge.ts';

/** How far from a multiple, in steps, a number may lie that is one: eighths of 255ths in single precision are not exact. */
const NEAR = 1e-3;

const isOn = (value: number, step: number): boolean => Math.abs(value / step - Math.round(value / step)) <= NEAR;

/** To the nearest multiples; where that leads out of the bound, to those towards the sample as it was. */
function round(
  sample: Float32Array,
  original: Float32Array,
  step: number,
  norm: Norm,
  eps: number,
  low: Fill,
  high: Fill,
) {
  const set = (to: (value: number, from: number) => number): void => {
    for (let j = 0; j < sample.length; j++) {
      const from = Math.round(original[j]! / step);
      const index = to(sample[j]! / step, from);
      // What is the same again is so to the last bit.
      sample[j] = index === from ? original[j]! : index * step;
    }
  };
  const toward = (value: number, from: number): number =>
    value > from ? Math.floor(value + NEAR) : Math.ceil(value - NEAR);
  const limit = allowance('linf', eps, original);
  set((value, from) => {
    const nearest = Math.round(value);
    return norm === 'linf' && Math.abs(nearest - from) * step > limit ? toward(value, from) : nearest;
  });
  for (let j = 0; j < sample.length; j++) {
    const value = sample[j]!;
    if (value !== original[j] && (value < at(low, j) || value > at(high, j))) sample[j] = original[j]!;
  }
  if (distance(norm, sample, original) > allowance(norm, eps, original)) set(toward);
}

type Fill = number | Float32Array;
const at = (bound: Fill, j: number): number => (typeof bound === 'number' ? Math.fround(bound) : bound[j]!);

/**
 * The same space with nothing between the multiples of a step.
 * @param step - 1 of whole numbers, 1/255 of pictures in [0, 1]
 * @throws AncileError `request_invalid` where a sample is not of such numbers as it is
 */
export function onGrid(
  space: (norm: Norm, eps: number) => JudgedSpace,
  step: number,
  { x, count }: { readonly x: Float32Array; readonly count: number },
): (norm: Norm, eps: number) => JudgedSpace {
  const off = x.findIndex((value) => !isOn(value, step));
  if (off !== -1) {
    const sample = Math.floor(off / (x.length / count));
    throw new AncileError('request_invalid', `array x: sample ${sample} holds ${x[off]}, no multiple of ${step}`, {
      at: `x[${sample}]`,
      hint: 'Samples must be of the numbers that examples are rounded to: of pictures in [0, 1] --round 1/255.',
    });
  }
  return (norm, eps) => {
    const inner = space(norm, eps);
    return {
      ...inner,
      repair(sample, original) {
        inner.repair?.(sample, original);
        round(sample, original, step, norm, eps, inner.low, inner.high);
      },
      violation(sample, original) {
        const between = sample.findIndex((value, j) => value !== original[j] && !isOn(value, step));
        if (between !== -1) return `number ${between} is no multiple of ${step}`;
        return inner.violation?.(sample, original);
      },
    };
  };
}
