// Many numbers made one: sums, means, norms and extremes along axes.
import { axisOf, intOf, intsOf } from '../../model.ts';
import { type Rule, type RuleContext, gradientType, only } from '../rule.ts';
import { maskFor, numberFor } from './arithmetic.ts';
import { noGradient } from '../../refusal.ts';

/** The axes of a reduction, whether they stand in an attribute or an input; all where none do. */
function axesOf({ node, shape, constant }: RuleContext): number[] {
  const rank = shape(node.inputs[0]!).length;
  const input = node.inputs[1];
  const given = intsOf(node.attributes, 'axes') ?? (input ? constant(input) : undefined);
  if (input && given === undefined) throw noGradient(node, 'its axes are computed');
  if (given === undefined || given.length === 0) {
    const stay = intOf(node.attributes, 'noop_with_empty_axes', 0) === 1;
    return stay ? [] : Array.from({ length: rank }, (_, axis) => axis);
  }
  return given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b);
}

/** A reduced value with its lost axes back, each of one. */
function kept(context: RuleContext, value: string, axes: readonly number[]): string {
  const { node, build } = context;
  if (axes.length === 0 || intOf(node.attributes, 'keepdims', 1) === 1) return value;
  return build.op('Unsqueeze', [value, build.ints(axes)]);
}

type Spread = (context: RuleContext, gradient: string, x: string, y: string, axes: readonly number[]) => string;

/** `spread` gives the gradient of the input, or what broadcasts to it. */
function reduction(spread: Spread): Rule {
  return (context) => {
    const { node, build } = context;
    const x = node.inputs[0]!;
    const axes = axesOf(context);
    const gradient = kept(context, only(context), axes);
    const made = spread(context, gradient, x, kept(context, node.outputs[0]!, axes), axes);
    return [build.op('Expand', [made, build.op('Shape', [x])]), undefined];
  };
}

function countOf({ build, shape, type }: RuleContext, x: string, axes: readonly number[]): string {
  const dims = axes.map((axis) => shape(x)[axis]!);
  if (!dims.includes(-1))
    return build.scalar(
      dims.reduce((product, dim) => product * dim, 1),
      gradientType(type(x)),
    );
  const sizes = build.op('Gather', [build.op('Shape', [x]), build.ints(axes)], { axis: 0 });
  return build.cast(build.op('ReduceProd', [sizes], { keepdims: 0 }), gradientType(type(x)));
}

/** To those that are the greatest or least, in equal parts. */
const extreme: Spread = (context, gradient, x, y, axes) => {
  const { build } = context;
  const mask = maskFor(context, build.op('Equal', [x, y]), x);
  return build.mul(mask, build.div(gradient, build.sum(mask, axes, true)));
};

const norm2: Spread = (context, gradient, x, y) => {
  const { build } = context;
  const safe = build.op('Max', [y, numberFor(context, x, 1e-12)]);
  return build.mul(build.div(gradient, safe), x);
};

export const REDUCE: Readonly<Record<string, Rule>> = {
  ReduceSum: reduction((_, gradient) => gradient),
  ReduceMean: reduction((context, gradient, x, _y, axes) => context.build.div(gradient, countOf(context, x, axes))),
  ReduceMax: reduction(extreme),
  ReduceMin: reduction(extreme),
  ReduceL1: reduction(({ build }, gradient, x) => build.mul(gradient, build.op('Sign', [x]))),
  ReduceL2: reduction(norm2),
  ReduceSumSquare: reduction((context, gradient, x) =>
    context.build.mul(gradient, context.build.mul(x, numberFor(context, x, 2))),
  ),
  ReduceLogSum: reduction(({ build }, gradient, _x, y) => build.div(gradient, build.op('Exp', [y]))),
  ReduceLogSumExp: reduction(({ build }, gradient, x, y) => build.mul(gradient, build.op('Exp', [build.sub(x, y)]))),
  ReduceProd: reduction(({ build }, gradient, x, y) => build.mul(gradient, build.div(y, x))),
};
