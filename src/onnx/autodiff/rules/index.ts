// The rules by operator: all families in one table.
import type { Rule } from '../rule.ts';
import { ACTIVATIONS } from './activations.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { CONVOLUTION } from './convolution.ts';
import { MATMUL } from './matmul.ts';
import { MOVEMENT } from './movement.ts';
import { POOLING } from './pooling.ts';
import { QUANTISATION } from './quantisation.ts';
import { REDUCE } from './reduce.ts';
import { RESIZE } from './resize.ts';
import { SOFTMAX } from './softmax.ts';

export const RULES: ReadonlyMap<string, Rule> = new Map(
  [ARITHMETIC, ACTIVATIONS, MATMUL, CONVOLUTION, POOLING, SOFTMAX, REDUCE, MOVEMENT, RESIZE, QUANTISATION].flatMap(
    (family) => Object.entries(family),
  ),
);

/** What gives the same whatever small step its input takes: nothing flows back through it. */
export const FLAT: ReadonlySet<string> = new Set([
  ...['Shape', 'Size', 'ArgMax', 'ArgMin', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
  ...['Not', 'And', 'Or', 'Xor', 'IsNaN', 'IsInf', 'NonZero', 'ConstantOfShape', 'Range', 'EyeLike', 'OneHot'],
  ...['Hardmax', 'BitShift', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli', 'Multinomial', 'Unique'],
  ...['NonMaxSuppression'],
]);
