// Normalisations, by what they are: less the mean, over the deviation, times a scale, and a shift.
import { axisOf, floatOf, intOf, intsOf } from '../model.ts';
import { type Lowering, type LoweringContext } from './lowering.ts';
import { noGradient } from '../refusal.ts';

/** The mean over axes whose length is known, kept as axes of one. */
function mean(
  { build, node, shape, type }: LoweringContext,
  value: string,
  of: string,
  axes: readonly number[],
): string {
  const dims = axes.map((axis) => shape(of)[axis]!);
  if (dims.includes(-1)) throw noGradient(node, 'the size of its input changes with the batch');
  const count = dims.reduce((product, dim) => product * dim, 1);
  return build.mul(build.sum(value, axes, true), build.scalar(1 / count, type(of)));
}

/** (x - mean) / sqrt(variance + epsilon) over axes. */
function standardise(
  context: LoweringContext,
  x: string,
  of: string,
  axes: readonly number[],
  epsilon: number,
): string {
  const { build, type } = context;
  const centred = build.sub(x, mean(context, x, of, axes));
  const variance = mean(context, build.mul(centred, centred), of, axes);
  return build.div(centred, build.op('Sqrt', [build.add2(variance, build.scalar(epsilon, type(of)))]));
}

/** x / sqrt(mean of squares + epsilon) over axes. */
function byRootMeanSquare(
  context: LoweringContext,
  x: string,
  of: string,
  axes: readonly number[],
  epsilon: number,
): string {
  const { build, type } = context;
  const square = mean(context, build.mul(x, x), of, axes);
  return build.div(x, build.op('Sqrt', [build.add2(square, build.scalar(epsilon, type(of)))]));
}

/** From the one that is named to the last. */
function axesBehind({ node, shape }: LoweringContext, x: string): number[] {
  const first = axisOf(intOf(node.attributes, 'axis', -1), shape(x).length);
  return shape(x).flatMap((_, axis) => (axis >= first ? [axis] : []));
}

/** One number a channel, so shaped that it broadcasts over N x C x space. */
function byChannel({ build }: LoweringContext, value: string, rank: number): string {
  return build.reshape(value, [-1, ...Array.from({ length: rank - 2 }, () => 1)]);
}

const batch: Lowering = (context) => {
  const { node, build, shape, type } = context;
  const [x, scale, shift, average, variance] = node.inputs as [string, string, string, string, string];
  if (intOf(node.attributes, 'training_mode', 0) === 1) throw noGradient(node, 'it is in training mode');
  const rank = shape(x).length;
  const epsilon = build.scalar(floatOf(node.attributes, 'epsilon', 1e-5), type(variance));
  const factor = build.div(scale, build.op('Sqrt', [build.add2(variance, epsilon)]));
  const rest = build.sub(shift, build.mul(average, factor));
  const scaled = build.mul(x, byChannel(context, factor, rank));
  build.add('Add', [scaled, byChannel(context, rest, rank)], [node.outputs[0]!]);
};

const instance: Lowering = (context) => {
  const { node, build, shape } = context;
  const [x, scale, shift] = node.inputs as [string, string, string];
  const rank = shape(x).length;
  const axes = shape(x).map((_, axis) => axis);
  const made = standardise(context, x, x, axes.slice(2), floatOf(node.attributes, 'epsilon', 1e-5));
  const scaled = build.mul(made, byChannel(context, scale, rank));
  build.add('Add', [scaled, byChannel(context, shift, rank)], [node.outputs[0]!]);
};

const layer: Lowering = (context) => {
  const { node, build } = context;
  const [x, scale, shift] = node.inputs as [string, string, string?];
  const made = standardise(context, x, x, axesBehind(context, x), floatOf(node.attributes, 'epsilon', 1e-5));
  build.add(shift ? 'Add' : 'Identity', [build.mul(made, scale), shift || undefined], [node.outputs[0]!]);
};

/** Divided by the root of the mean square alone. */
const rootMeanSquare: Lowering = (context) => {
  const { node, build } = context;
  const [x, scale] = node.inputs as [string, string];
  const made = byRootMeanSquare(context, x, x, axesBehind(context, x), floatOf(node.attributes, 'epsilon', 1e-5));
  build.add('Mul', [made, scale], [node.outputs[0]!]);
};

const group: Lowering = (context) => {
  const { node, build, shape, type, opset } = context;
  const [x, scale, shift] = node.inputs as [string, string, string];
  const dims = shape(x);
  const groups = intOf(node.attributes, 'num_groups', 1);
  const channels = dims[1]!;
  const space = dims.slice(2);
  if ([channels, ...space].includes(-1)) throw noGradient(node, 'the size of its input changes with the batch');
  const count = space.reduce((product, size) => product * size, channels / groups);
  const parted = build.reshape(x, [-1, groups, count]);
  const average = (value: string): string => build.mul(build.sum(value, [2], true), build.scalar(1 / count, type(x)));
  const centred = build.sub(parted, average(parted));
  const variance = average(build.mul(centred, centred));
  const epsilon = build.scalar(floatOf(node.attributes, 'epsilon', 1e-5), type(x));
  const made = build.div(centred, build.op('Sqrt', [build.add2(variance, epsilon)]));
  const whole = build.reshape(made, [-1, channels, ...space]);
  // Until operator set 21 scale and shift were given for each group.
  const each = (value: string): string => {
    if (opset >= 21 || shape(value)[0] === channels) return byChannel(context, value, dims.length);
    const wide = build.op('Expand', [build.reshape(value, [groups, 1]), build.ints([groups, channels / groups])]);
    return byChannel(context, build.reshape(wide, [channels]), dims.length);
  };
  build.add('Add', [build.mul(whole, each(scale)), each(shift)], [node.outputs[0]!]);
};

const meanVariance: Lowering = (context) => {
  const { node, build } = context;
  const x = node.inputs[0]!;
  const made = standardise(context, x, x, intsOf(node.attributes, 'axes') ?? [0, 2, 3], 1e-9);
  build.add('Identity', [made], [node.outputs[0]!]);
};

/** Over the sum of squares of neighbouring channels (Krizhevsky et al. 2012), as a product with a band of ones. */
const localResponse: Lowering = (context) => {
  const { node, build, shape, type } = context;
  const x = node.inputs[0]!;
  const dims = shape(x);
  const size = intOf(node.attributes, 'size', 1);
  const channels = dims[1]!;
  const band = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++) {
    const from = Math.max(0, c - Math.floor((size - 1) / 2));
    const to = Math.min(channels - 1, c + Math.ceil((size - 1) / 2));
    for (let k = from; k <= to; k++) band[c * channels + k] = 1;
  }
  const number = (value: number): string => build.scalar(value, type(x));
  const flat = build.reshape(build.mul(x, x), [0, channels, -1]);
  const sums = build.op('MatMul', [build.floats(band, [channels, channels]), flat]);
  const alpha = floatOf(node.attributes, 'alpha', 1e-4) / size;
  const base = build.add2(build.mul(sums, number(alpha)), number(floatOf(node.attributes, 'bias', 1)));
  const root = build.op('Pow', [base, number(floatOf(node.attributes, 'beta', 0.75))]);
  const scaled = build.div(build.reshape(x, [0, channels, -1]), root);
  build.add('Reshape', [scaled, build.op('Shape', [x])], [node.outputs[0]!]);
};

const unitLength: Lowering = (context) => {
  const { node, build, shape } = context;
  const x = node.inputs[0]!;
  const axis = axisOf(intOf(node.attributes, 'axis', -1), shape(x).length);
  const p = intOf(node.attributes, 'p', 2);
  const length =
    p === 1
      ? build.sum(build.op('Abs', [x]), [axis], true)
      : build.op('Sqrt', [build.sum(build.mul(x, x), [axis], true)]);
  build.add('Div', [x, length], [node.outputs[0]!]);
};

/** With what is added before it: `com.microsoft.SkipLayerNormalization`. */
const skipLayer =
  (isRoot: boolean): Lowering =>
  (context) => {
    const { node, build, shape } = context;
    const [x, skip, scale, ...rest] = node.inputs as [string, string, string, ...string[]];
    const [shift, bias] = isRoot ? [undefined, rest[0]] : rest;
    const joined = build.add2(x, skip);
    const sum = bias ? build.add2(joined, bias) : joined;
    const axes = [shape(x).length - 1];
    const epsilon = floatOf(node.attributes, 'epsilon', 1e-12);
    const made = isRoot
      ? byRootMeanSquare(context, sum, x, axes, epsilon)
      : standardise(context, sum, x, axes, epsilon);
    build.add(shift ? 'Add' : 'Identity', [build.mul(made, scale), shift || undefined], [node.outputs[0]!]);
    const out = node.outputs[3];
    if (out) build.add('Identity', [sum], [out]);
  };

export const NORMALISATION: Readonly<Record<string, Lowering>> = {
  BatchNormalization: batch,
  InstanceNormalization: instance,
  LayerNormalization: layer,
  GroupNormalization: group,
  RMSNormalization: rootMeanSquare,
  SimplifiedLayerNormalization: rootMeanSquare,
  MeanVarianceNormalization: meanVariance,
  LRN: localResponse,
  LpNormalization: unitLength,
  'com.microsoft.SkipLayerNormalization': skipLayer(false),
  'com.microsoft.SkipSimplifiedLayerNormalization': skipLayer(true),
};
