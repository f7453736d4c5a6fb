// Operators that move numbers without changing them. Whatever picks or repeats is applied to the places of the numbers as well:
// what it does with these says where each gradient goes.
import { axisOf, intOf, intsOf, stringOf } from '../../model.ts';
import { type Rule, type RuleContext, gradientType, only, placesOf, scatterBack, unbroadcast } from '../rule.ts';
import { noGradient } from '../../refusal.ts';

const reshaped: Rule = (context) => [context.build.reshapeLike(only(context), context.node.inputs[0]!), undefined];

/** The same operator, on the places of its first input. */
function throughPlaces(context: RuleContext, others: readonly string[]): string {
  const { node, build } = context;
  const x = node.inputs[0]!;
  const places = build.fresh();
  build.nodes.push({ ...node, name: build.fresh(), inputs: [placesOf(context, x), ...others], outputs: [places] });
  return scatterBack(context, only(context), places, x);
}

const byPlaces: Rule = (context) => [throughPlaces(context, context.node.inputs.slice(1))];

const transpose: Rule = (context) => {
  const { node, build, shape } = context;
  const rank = shape(node.inputs[0]!).length;
  const perm = intsOf(node.attributes, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return [build.transpose(only(context), back)];
};

/** How long values are along an axis, as one list of whole numbers. */
function sizesAlong({ build, shape }: RuleContext, values: readonly string[], axis: number): string {
  const dims = values.map((value) => shape(value)[axis]!);
  if (!dims.includes(-1)) return build.ints(dims);
  const each = values.map((value) => build.op('Gather', [build.op('Shape', [value]), build.ints([axis])], { axis: 0 }));
  return build.op('Concat', each, { axis: 0 });
}

const concat: Rule = (context) => {
  const { node, build, shape } = context;
  const rank = shape(node.outputs[0]!).length;
  const axis = axisOf(intOf(node.attributes, 'axis', 0), rank);
  return build.ops('Split', [only(context), sizesAlong(context, node.inputs, axis)], node.inputs.length, { axis });
};

const split: Rule = (context) => {
  const { node, build, gradients, type } = context;
  const axis = intOf(node.attributes, 'axis', 0);
  const parts = node.outputs.map((output, i) => gradients[i] ?? build.zerosLike(output, gradientType(type(output))));
  return [build.op('Concat', parts, { axis }), undefined];
};

const expand: Rule = (context) => {
  const { node } = context;
  return [unbroadcast(context, only(context), node.outputs[0]!, node.inputs[0]!), undefined];
};

/** A slice in steps of one is padded back with zeros, if what is cut off is known; all else goes by places. */
const slice: Rule = (context) => {
  const { node, build, shape, constant, type } = context;
  const [x, starts, ends, axes, steps] = node.inputs as [string, string, string, string?, string?];
  const dims = shape(x);
  const [from, to] = [constant(starts), constant(ends)];
  const along = axes ? constant(axes) : from?.map((_, i) => i);
  const by = steps ? constant(steps) : from?.map(() => 1);
  const isKnown = from !== undefined && to !== undefined && along !== undefined && by?.every((step) => step === 1);
  if (!isKnown) return byPlaces(context);
  const before = dims.map(() => 0);
  const after = dims.map(() => 0);
  for (const [i, given] of along.entries()) {
    const axis = axisOf(given, dims.length);
    const size = dims[axis]!;
    if (size === -1) return byPlaces(context);
    const place = (at: number): number => Math.min(size, Math.max(0, at < 0 ? at + size : at));
    const [start, end] = [place(from[i]!), place(to[i]!)];
    if (end < start) return byPlaces(context);
    before[axis] = start;
    after[axis] = size - end;
  }
  const zero = build.scalar(0, gradientType(type(x)));
  return [build.op('Pad', [only(context), build.ints([...before, ...after]), zero])];
};

const pad: Rule = (context) => {
  const { node, build, shape, constant, type } = context;
  const [x, pads, , axes] = node.inputs as [string, string, string?, string?];
  const mode = stringOf(node.attributes, 'mode', 'constant');
  if (mode !== 'constant') return [throughPlaces(context, axes ? [pads, '', axes] : [pads])];
  const given = constant(pads);
  const along = axes ? constant(axes) : shape(x).map((_, axis) => axis);
  if (given === undefined || along === undefined) throw noGradient(node, 'its pads are computed');
  const count = along.length;
  const cut = along.map((axis, i) => ({
    axis: axisOf(axis, shape(x).length),
    before: given[i]!,
    after: given[count + i]!,
  }));
  // What was cut off by a negative pad gets zeros back.
  const grown = cut.some(({ before, after }) => before < 0 || after < 0);
  let gradient = only(context);
  const inner = cut.map((one) => ({ axis: one.axis, before: Math.max(0, one.before), after: Math.max(0, one.after) }));
  gradient = build.op('Slice', [
    gradient,
    build.ints(inner.map(({ before }) => before)),
    build.ints(inner.map(({ after }) => (after === 0 ? 2 ** 62 : -after))),
    build.ints(inner.map(({ axis }) => axis)),
  ]);
  if (grown) {
    const back = [...shape(x).map(() => 0), ...shape(x).map(() => 0)];
    for (const { axis, before, after } of cut) {
      back[axis] = Math.max(0, -before);
      back[axis + shape(x).length] = Math.max(0, -after);
    }
    gradient = build.op('Pad', [gradient, build.ints(back), build.scalar(0, gradientType(type(x)))]);
  }
  return [gradient];
};

/** Blocks of channels laid out in space; by columns where each channel's block lies together. */
const depthToSpace: Rule = (context) => {
  const { node, build, shape } = context;
  const size = intOf(node.attributes, 'blocksize', 1);
  if (stringOf(node.attributes, 'mode', 'DCR') === 'DCR') {
    return [build.op('SpaceToDepth', [only(context)], { blocksize: size })];
  }
  const [, channels, height, width] = shape(node.inputs[0]!) as [number, number, number, number];
  const parted = build.reshape(only(context), [-1, channels / size / size, height, size, width, size]);
  return [build.reshapeLike(build.transpose(parted, [0, 1, 3, 5, 2, 4]), node.inputs[0]!)];
};

const spaceToDepth: Rule = (context) => {
  const { node, build } = context;
  return [build.op('DepthToSpace', [only(context)], { blocksize: intOf(node.attributes, 'blocksize', 1) })];
};

/** Of the greatest: each gradient goes back to where its number was. */
const topK: Rule = (context) => {
  const { node, build, gradients, shape, type } = context;
  const x = node.inputs[0]!;
  const [gradient] = gradients;
  if (gradient === undefined) return [undefined];
  const axis = axisOf(intOf(node.attributes, 'axis', -1), shape(x).length);
  const zeros = build.zerosLike(x, gradientType(type(x)));
  return [build.op('ScatterElements', [zeros, node.outputs[1]!, gradient], { axis })];
};

/** What was written over has no say; what was written has its own gradient. */
const scattered =
  (pick: 'GatherND' | 'GatherElements'): Rule =>
  (context) => {
    const { node, build, wants, type } = context;
    const [data, places, updates] = node.inputs as [string, string, string];
    const reduction = stringOf(node.attributes, 'reduction', 'none');
    const axis = pick === 'GatherElements' ? { axis: intOf(node.attributes, 'axis', 0) } : {};
    if (reduction !== 'none' && reduction !== 'add') throw noGradient(node, `its reduction is ${reduction}`);
    const gradient = only(context);
    const zeros = (): string => build.zerosLike(updates, gradientType(type(data)));
    const op = pick === 'GatherND' ? 'ScatterND' : 'ScatterElements';
    return [
      !wants(0) || reduction === 'add' ? gradient : build.op(op, [gradient, places, zeros()], axis),
      undefined,
      wants(2) ? build.op(pick, [gradient, places], axis) : undefined,
    ];
  };

const trilu: Rule = (context) => {
  const { node, build } = context;
  const upper = intOf(node.attributes, 'upper', 1);
  return [build.op('Trilu', [only(context), node.inputs[1]], { upper }), undefined];
};

export const MOVEMENT: Readonly<Record<string, Rule>> = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Expand: expand,
  Tile: byPlaces,
  Gather: byPlaces,
  GatherElements: byPlaces,
  GatherND: byPlaces,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  ReverseSequence: byPlaces,
  Compress: byPlaces,
  TopK: topK,
  ScatterND: scattered('GatherND'),
  ScatterElements: scattered('GatherElements'),
  Trilu: trilu,
};
