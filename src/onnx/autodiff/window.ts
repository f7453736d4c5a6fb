// Windows that slide over space: kernels, strides, dilations and pads of convolutions and poolings, as numbers.
import { intOf, intsOf, stringOf } from '../model.ts';
import { type RuleContext } from './rule.ts';
import { noGradient } from '../refusal.ts';

export interface Window {
  /** Axes of space. */
  readonly rank: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Of what slides under it, and of what comes out. */
  readonly large: readonly number[];
  readonly small: readonly number[];
}

/** Numbers that a dilated kernel reaches over. */
export function reachOf({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>, axis: number): number {
  return (kernel[axis]! - 1) * dilations[axis]! + 1;
}

/**
 * @param large - the value that the window slides over: N, C, space
 * @param small - the value with a number for each place of the window
 */
export function readWindow(context: RuleContext, large: string, small: string, kernel: readonly number[]): Window {
  const { node, shape } = context;
  const rank = kernel.length;
  const ones = kernel.map(() => 1);
  const [big, little] = [shape(large).slice(2), shape(small).slice(2)];
  if (big.length !== rank || [...big, ...little].includes(-1))
    throw noGradient(node, 'the size of its input changes with the batch');
  const strides = intsOf(node.attributes, 'strides') ?? ones;
  const dilations = intsOf(node.attributes, 'dilations') ?? ones;
  const auto = stringOf(node.attributes, 'auto_pad', 'NOTSET');
  let pads = intsOf(node.attributes, 'pads') ?? [...ones, ...ones].map(() => 0);
  if (auto === 'VALID') pads = pads.map(() => 0);
  else if (auto !== 'NOTSET') {
    const total = kernel.map((size, axis) =>
      Math.max(0, (little[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1 - big[axis]!),
    );
    const less = total.map((all) => Math.floor(all / 2));
    const more = total.map((all, axis) => all - less[axis]!);
    pads = auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
  }
  const { length } = kernel;
  return {
    rank,
    kernel,
    strides,
    dilations,
    before: pads.slice(0, length),
    after: pads.slice(length),
    large: big,
    small: little,
  };
}

export function isCeil({ node }: RuleContext): boolean {
  return intOf(node.attributes, 'ceil_mode', 0) === 1;
}
