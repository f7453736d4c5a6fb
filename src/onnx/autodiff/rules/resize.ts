// Resizing: along each axis a matrix, and the gradient goes through its transpose.
import { floatOf, intOf, stringOf } from '../../model.ts';
import { type Resampling, resamplingMatrix } from '../resampling.ts';
import { type Rule, type RuleContext, gradientType, only } from '../rule.ts';
import { noGradient } from '../../refusal.ts';

function readResampling({ node }: RuleContext): Resampling {
  const { attributes } = node;
  const mode = stringOf(attributes, 'mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'cubic') throw noGradient(node, `its mode is ${mode}`);
  if (intOf(attributes, 'antialias', 0) === 1) throw noGradient(node, 'it smooths what it makes smaller (antialias)');
  if (stringOf(attributes, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw noGradient(node, 'it keeps the ratio');
  return {
    mode,
    coordinates: stringOf(attributes, 'coordinate_transformation_mode', 'half_pixel'),
    nearest: stringOf(attributes, 'nearest_mode', 'round_prefer_floor'),
    cubicCoefficient: floatOf(attributes, 'cubic_coeff_a', -0.75),
    excludeOutside: intOf(attributes, 'exclude_outside', 0) === 1,
  };
}

/** How much larger each axis becomes, as it was said: the coordinates are computed of that. */
function scalesOf(context: RuleContext, from: readonly number[], to: readonly number[]): number[] {
  const { node, constant } = context;
  const axes = node.attributes.get('axes');
  const given = constant(node.inputs[2]);
  if (given?.length === from.length && axes === undefined) return [...given];
  return to.map((size, axis) => size / from[axis]!);
}

const resize: Rule = (context) => {
  const { node, build, shape, type } = context;
  const x = node.inputs[0]!;
  const [from, to] = [shape(x), shape(node.outputs[0]!)];
  if (gradientType(type(x)) !== 1) throw noGradient(node, 'it is of double precision');
  const resampling = readResampling(context);
  const scales = scalesOf(context, from, to);
  const rank = from.length;
  let gradient = only(context);
  for (let axis = 0; axis < rank; axis++) {
    if (from[axis] === to[axis]) continue;
    if (from[axis] === -1 || to[axis] === -1) throw noGradient(node, 'the size of its input changes with the batch');
    const matrix = resamplingMatrix(resampling, from[axis]!, to[axis]!, scales[axis]!);
    if (matrix === undefined) throw noGradient(node, `its coordinates are ${resampling.coordinates}`);
    const weights = build.floats(matrix, [to[axis]!, from[axis]!]);
    // The axis is taken to the end, multiplied, and back.
    const perm = Array.from({ length: rank }, (_, i) => i);
    [perm[axis], perm[rank - 1]] = [rank - 1, axis];
    const product = build.op('MatMul', [build.transpose(gradient, perm), weights]);
    gradient = build.transpose(product, perm);
  }
  return [gradient];
};

export const RESIZE: Readonly<Record<string, Rule>> = { Resize: resize };
