// Pooling: means and maxima of windows. The maximum of a window with ties gives its gradient to the first of them, as the
// runtime's own choice of index does.
import { intOf, intsOf } from '../../model.ts';
import { type Rule, type RuleContext, gradientType, only, scatterBack } from '../rule.ts';
import { type Window, isCeil, reachOf, readWindow } from '../window.ts';
import { maskFor } from './arithmetic.ts';
import { noGradient } from '../../refusal.ts';

function windowOf(context: RuleContext): Window {
  const { node } = context;
  const kernel = intsOf(node.attributes, 'kernel_shape');
  if (kernel === undefined) throw noGradient(node, 'it has no kernel');
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
  const places = build.fresh();
  build.nodes.push({ ...node, name: build.fresh(), outputs: [build.fresh(), places] });
  return scatterBack(context, gradient, places, x);
}

/** Numbers of many tensors in turn along an axis: the first of each, the second of each, ... */
function interleave({ build }: RuleContext, parts: readonly string[], axis: number, dims: readonly number[]): string {
  if (parts.length === 1) return parts[0]!;
  const wide = parts.map((part) => build.op('Unsqueeze', [part, build.ints([axis + 1])]));
  const joined = build.op('Concat', wide, { axis: axis + 1 });
  return build.reshape(joined, [-1, ...dims.slice(1)]);
}

/**
 * Windows that do not overlap: the numbers at one place of each window are a slice in steps. Each slice takes the gradient where
 * it is the maximum, and leaves nothing of it to those behind. All of it is arithmetic on whole tensors, several times as fast as
 * the runtime's indices.
 */
function byPlace(context: RuleContext, gradient: string, window: Window, channels: number): string {
  const { node, build } = context;
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const { kernel, small, large, rank } = window;
  const axes = Array.from({ length: rank }, (_, axis) => axis + 2);
  let left = gradient;
  const count = kernel.reduce((product, size) => product * size, 1);
  let parts = Array.from({ length: count }, (_, place) => {
    const start: number[] = [];
    for (let axis = rank - 1, rest = place; axis >= 0; axis--) {
      start[axis] = rest % kernel[axis]!;
      rest = Math.floor(rest / kernel[axis]!);
    }
    const slice = build.op('Slice', [x, build.ints(start), build.ints(large), build.ints(axes), build.ints(kernel)]);
    const taken = build.mul(left, maskFor(context, build.op('Equal', [slice, y]), x));
    left = build.sub(left, taken);
    return taken;
  });
  // From the last axis to the first, each made as long as it was.
  const dims = [-1, channels, ...small];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const size = kernel[axis]!;
    dims[axis + 2] = large[axis]!;
    parts = Array.from({ length: parts.length / size }, (_, i) =>
      interleave(context, parts.slice(i * size, (i + 1) * size), axis + 2, dims),
    );
  }
  return parts[0]!;
}

const maxPool: Rule = (context) => {
  const { node, shape } = context;
  const gradient = only(context);
  const x = node.inputs[0]!;
  if (shape(x).slice(1).includes(-1) || intOf(node.attributes, 'storage_order', 0) === 1) {
    throw noGradient(node, 'the size of its input changes with the batch, or its places are counted by columns');
  }
  const window = windowOf(context);
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
  const { kernel, strides, dilations, before, small, large } = window;
  if (gradientType(type(x)) !== 1) throw noGradient(node, 'it is of double precision');
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
  return [build.reshape(whole, [-1, channels, ...large])];
};

const globalAverage: Rule = (context) => {
  const { node, build, shape, type } = context;
  const x = node.inputs[0]!;
  const space = shape(x).slice(2);
  if (space.includes(-1)) throw noGradient(node, 'the size of its input changes with the batch');
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
