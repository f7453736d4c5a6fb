// Pooling: means and maxima of windows. The maximum of a window with ties gives its gradient to the first of them, as the
// runtime's own choice of index does.
import { intOf, intsOf } from '../../model.ts';
import { type Rule, type RuleContext, gradientType, only, refuse, scatterBack } from '../rule.ts';
import { type Window, isCeil, reachOf, readWindow } from '../window.ts';
import { maskFor } from './arithmetic.ts';

function windowOf(context: RuleContext): Window {
  const { node } = context;
  const kernel = intsOf(node.attributes, 'kernel_shape');
  if (kernel === undefined) throw refuse(node, 'it has no kernel');
  return readWindow(context, node.inputs[0]!, node.outputs[0]!, kernel);
}

/** Whether each number lies in one window, and none is left over. */
function tiles({ kernel, strides, dilations, before, after, large, small }: Window): boolean {
  return kernel.every(
    (size, axis) =>
      strides[axis] === size &&
      (dilations[axis] === 1 || size === 1) &&
      before[axis] === 0 &&
      after[axis] === 0 &&
      large[axis] === small[axis]! * size,
  );
}

/** Each number of `small` over its whole window: N, C, s1, 1, s2, 1 -> N, C, s1, k1, s2, k2 -> N, C, large. */
function spread({ build }: RuleContext, value: string, channels: number, { kernel, small, large }: Window): string {
  const parted = build.reshape(value, [-1, channels, ...small.flatMap((size) => [size, 1])]);
  const wide = build.op('Expand', [parted, build.ints([1, 1, ...small.flatMap((_, axis) => [1, kernel[axis]!])])]);
  return build.reshape(wide, [-1, channels, ...large]);
}

/** The runtime says itself which number was the greatest, at the price of its slow kernel. */
function byIndices(context: RuleContext, gradient: string): string {
  const { node, build } = context;
  const x = node.inputs[0]!;
  const [, places] = ((): [string, string] => {
    const outputs: [string, string] = [build.fresh(), build.fresh()];
    build.nodes.push({ ...node, name: build.fresh(), outputs });
    return outputs;
  })();
  return scatterBack(context, gradient, places, x);
}

/**
 * Windows that do not overlap: the numbers at one place of each window are a slice in steps, and the first slice that is the
 * maximum takes the gradient. All of it is arithmetic on whole tensors.
 */
function byPlace(context: RuleContext, gradient: string, window: Window, channels: number): string {
  const { node, build } = context;
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const { kernel, small, large, rank } = window;
  // N, C, s1, k1, s2, k2: the places within a window become one axis, N, C, s1, s2, k1 * k2.
  const parted = build.reshape(x, [-1, channels, ...small.flatMap((size, axis) => [size, kernel[axis]!])]);
  const outer = small.map((_, axis) => 2 + 2 * axis);
  const inner = small.map((_, axis) => 3 + 2 * axis);
  const perm = [0, 1, ...inner, ...outer];
  const count = kernel.reduce((product, size) => product * size, 1);
  const lined = build.reshape(build.transpose(parted, perm), [-1, channels, count, ...small]);
  const top = build.op('Unsqueeze', [y, build.ints([2])]);
  const isTop = build.op('Equal', [lined, top]);
  const first = build.op('ArgMax', [build.cast(isTop, 2)], { axis: 2, keepdims: 1 });
  const places = build.op('Equal', [
    first,
    build.op('Reshape', [
      build.op('Range', [build.int(0), build.int(count), build.int(1)]),
      build.ints([1, 1, count, ...small.map(() => 1)]),
    ]),
  ]);
  const given = build.mul(build.op('Unsqueeze', [gradient, build.ints([2])]), maskFor(context, places, x));
  const back = build.reshape(given, [-1, channels, ...kernel, ...small]);
  const order = [0, 1, ...Array.from({ length: rank }, (_, axis) => [2 + rank + axis, 2 + axis]).flat()];
  return build.reshape(build.transpose(back, order), [-1, channels, ...large]);
}

const maxPool: Rule = (context) => {
  const { node, shape } = context;
  const gradient = only(context);
  const x = node.inputs[0]!;
  if (shape(x).slice(1).includes(-1) || intOf(node.attributes, 'storage_order', 0) === 1) {
    throw refuse(node, 'the size of its input changes with the batch, or its places are counted by columns');
  }
  const window = windowOf(context);
  void byPlace;
  return [tiles(window) ? byPlace(context, gradient, window, shape(x)[1]!) : byIndices(context, gradient)];
};

/** How many numbers each window holds: all of it, or what of it is not padding. */
function counts(window: Window, includesPads: boolean, ceil: boolean): Float32Array {
  const along = window.small.map((size, axis) => {
    const { kernel, dilations, strides, before, after, large } = window;
    return Array.from({ length: size }, (_, place) => {
      let count = 0;
      for (let k = 0; k < kernel[axis]!; k++) {
        const at = place * strides[axis]! - before[axis]! + k * dilations[axis]!;
        const isInside = at >= 0 && at < large[axis]!;
        // What lies beyond the pads, where the last window was let begin, counts for nobody.
        const isPad = at >= -before[axis]! && at < large[axis]! + after[axis]!;
        if (isInside || (includesPads && (isPad || !ceil))) count++;
      }
      return count;
    });
  });
  return Float32Array.from(along.reduce((all, axis) => all.flatMap((left) => axis.map((right) => left * right)), [1]));
}

const averagePool: Rule = (context) => {
  const { node, build, shape, type } = context;
  const gradient = only(context);
  const x = node.inputs[0]!;
  const channels = shape(x)[1]!;
  const window = windowOf(context);
  const { kernel, strides, dilations, before, after, small, large } = window;
  if (gradientType(type(x)) !== 1) throw refuse(node, 'it is of double precision');
  if (tiles(window)) {
    const share = build.scalar(1 / kernel.reduce((product, size) => product * size, 1));
    return [spread(context, build.mul(gradient, share), channels, window)];
  }
  const number = counts(window, intOf(node.attributes, 'count_include_pad', 0) === 1, isCeil(context));
  const shares = build.floats(
    number.map((count) => 1 / count),
    [1, 1, ...small],
  );
  const each = build.reshape(build.mul(gradient, shares), [-1, 1, ...small]);
  const size = kernel.reduce((product, one) => product * one, 1);
  const ones = build.floats(new Float32Array(size).fill(1), [1, 1, ...kernel]);
  // A last window that was let begin beyond the pads reaches over: what is too much is cut off at the end.
  const reach = small.map((places, axis) => (places - 1) * strides[axis]! + reachOf(window, axis));
  const wide = build.op('ConvTranspose', [each, ones], { strides, dilations });
  const end = reach.map((all, axis) => Math.min(all, before[axis]! + large[axis]!));
  const cut = build.op('Slice', [
    wide,
    build.ints(before),
    build.ints(end),
    build.ints(kernel.map((_, axis) => axis + 2)),
  ]);
  const missing = large.map((all, axis) => all - (end[axis]! - before[axis]!));
  const whole = missing.every((rest) => rest === 0)
    ? cut
    : build.op('Pad', [cut, build.ints([0, 0, ...kernel.map(() => 0), 0, 0, ...missing]), build.scalar(0)]);
  void after;
  return [build.reshape(whole, [-1, channels, ...large])];
};

const globalAverage: Rule = (context) => {
  const { node, build, shape, type } = context;
  const x = node.inputs[0]!;
  const space = shape(x).slice(2);
  if (space.includes(-1)) throw refuse(node, 'the size of its input changes with the batch');
  const share = build.scalar(1 / space.reduce((product, size) => product * size, 1), gradientType(type(x)));
  return [build.op('Expand', [build.mul(only(context), share), build.op('Shape', [x])])];
};

const globalMax: Rule = (context) => {
  const { node, build, shape } = context;
  const x = node.inputs[0]!;
  const mask = maskFor(context, build.op('Equal', [x, node.outputs[0]!]), x);
  const axes = shape(x).map((_, axis) => axis);
  return [build.mul(mask, build.div(only(context), build.sum(mask, axes.slice(2), true)))];
};

export const POOLING: Readonly<Record<string, Rule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAverage,
  GlobalMaxPool: globalMax,
};
