// Between which values an operator's output lies, given those of its inputs: interval arithmetic, as nodes of the same kind
// (Gowal et al. 2018, On the Effectiveness of Interval Bound Propagation for Training Verifiably Robust Models).
import type { Builder } from '../builder.ts';
import { type Node, floatOf } from '../model.ts';
import { noGradient } from '../refusal.ts';

export interface Interval {
  readonly low: string;
  readonly high: string;
}

export interface IntervalContext {
  readonly node: Node;
  readonly build: Builder;
  /** Of each input; undefined for what does not change with the sample. */
  readonly inputs: readonly (Interval | undefined)[];
}

export type IntervalRule = (context: IntervalContext) => Interval;

/** Why nothing can be said: the same form as where there is no gradient. */
export function noInterval(node: Node, why: string) {
  const refusal = noGradient(node, why, 'Attacks and smoothing work on it all the same: --certify smoothing --sigma.');
  return Object.assign(refusal, { message: refusal.message.replace('no gradient', 'no interval') });
}

function copy({ node, build }: IntervalContext, inputs: readonly string[], more: Node['attributes'] = node.attributes) {
  const output = build.fresh();
  build.nodes.push({ ...node, name: build.fresh(), inputs, outputs: [output], attributes: more });
  return output;
}

/** What grows with each of its inputs: both ends go through it. */
const monotone: IntervalRule = (context) => {
  const { node, inputs } = context;
  const end = (which: keyof Interval): string =>
    copy(
      context,
      node.inputs.map((name, i) => inputs[i]?.[which] ?? name),
    );
  return { low: end('low'), high: end('high') };
};

export function centre(build: Builder, { low, high }: Interval): { readonly middle: string; readonly radius: string } {
  const half = build.scalar(0.5);
  return { middle: build.mul(build.add2(low, high), half), radius: build.mul(build.sub(high, low), half) };
}

/** A sum of inputs by fixed weights: the middle goes through it, and the radius by the size of the weights. */
const linear: IntervalRule = (context) => {
  const { node, build, inputs } = context;
  const at = inputs.findIndex((input) => input !== undefined);
  if (inputs.filter((input) => input !== undefined).length > 1 || at > 1) {
    throw noInterval(node, 'its weights change with the sample');
  }
  const { middle, radius } = centre(build, inputs[at]!);
  const sizes = build.op('Abs', [node.inputs[1 - at]!]);
  const replaced = (value: string): string[] => node.inputs.map((name, i) => (i === at ? value : name));
  const moved = copy(context, replaced(middle));
  const attributes = new Map(node.attributes);
  const alpha = floatOf(attributes, 'alpha', 1);
  if (attributes.has('alpha')) attributes.set('alpha', { kind: 'float', value: Math.abs(alpha) });
  const spread = copy(context, at === 0 ? [radius, sizes] : [sizes, radius], attributes);
  return { low: build.sub(moved, spread), high: build.add2(moved, spread) };
};

/** The least and greatest of all results of two ends each. */
const corners: IntervalRule = (context) => {
  const { node, build, inputs } = context;
  if (node.op === 'Div' && inputs[1] !== undefined) throw noInterval(node, 'its divisor changes with the sample');
  const ends = node.inputs.map((name, i) => {
    const given = inputs[i];
    return given === undefined ? [name] : [given.low, given.high];
  });
  const results = ends[0]!.flatMap((a) => ends[1]!.map((b) => copy(context, [a, b])));
  return { low: build.op('Min', results), high: build.op('Max', results) };
};

const difference: IntervalRule = ({ node, build, inputs: [a, b] }) => ({
  low: build.sub(a?.low ?? node.inputs[0]!, b?.high ?? node.inputs[1]!),
  high: build.sub(a?.high ?? node.inputs[0]!, b?.low ?? node.inputs[1]!),
});

const negative: IntervalRule = ({ build, inputs: [a] }) => ({ low: build.neg(a!.high), high: build.neg(a!.low) });

/** Only where it does not fall below zero. */
const leaky: IntervalRule = (context) => {
  if (floatOf(context.node.attributes, 'alpha', 0.01) < 0) throw noInterval(context.node, 'its slope is negative');
  return monotone(context);
};

const MONOTONE = [
  ...[
    'Relu',
    'Sigmoid',
    'Tanh',
    'Clip',
    'Elu',
    'Selu',
    'Softplus',
    'Softsign',
    'Exp',
    'Sqrt',
    'Log',
    'Erf',
    'HardSigmoid',
  ],
  ...['Ceil', 'Floor', 'Round', 'Sign', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'ReduceMax'],
  ...['ReduceMin', 'ReduceMean', 'ReduceSum', 'Identity', 'Flatten', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze'],
  ...['Slice', 'Gather', 'Concat', 'Pad', 'Expand', 'Tile', 'Max', 'Min', 'Add', 'Sum', 'Mean', 'Cast', 'Dropout'],
  ...['DepthToSpace', 'SpaceToDepth'],
];

export const INTERVALS: ReadonlyMap<string, IntervalRule> = new Map([
  ...MONOTONE.map((op) => [op, monotone] as const),
  ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].map((op) => [op, linear] as const),
  ...(Object.entries({ Mul: corners, Div: corners, Sub: difference, Neg: negative, LeakyRelu: leaky }) as [
    string,
    IntervalRule,
  ][]),
]);
