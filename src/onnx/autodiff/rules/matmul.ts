// Products of matrices.
import { floatOf, intOf } from '../../model.ts';
import { type Rule, type RuleContext, only, unbroadcast } from '../rule.ts';
import { numberFor } from './arithmetic.ts';
import { noGradient } from '../../refusal.ts';

/** The last two axes exchanged. */
function turned({ build }: RuleContext, value: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return build.transpose(value, perm);
}

/** Only the axes before the last two are broadcast: summed where the operand has them not, or once. */
function unbatch(context: RuleContext, product: string, out: readonly number[], operand: string): string {
  const { build, shape } = context;
  const own = shape(operand);
  const lead = out.length - own.length;
  const axes: number[] = [];
  for (let axis = 0; axis < out.length - 2; axis++) {
    if (axis < lead || (own[axis - lead] === 1 && out[axis] !== 1)) axes.push(axis);
  }
  if (axes.length === 0) return product;
  return build.reshapeLike(build.sum(product, axes, true), operand);
}

const matMul: Rule = (context) => {
  const { node, build, wants, shape } = context;
  const [a, b] = node.inputs as [string, string];
  const [rankA, rankB] = [shape(a).length, shape(b).length];
  const gradient = only(context);
  const out = shape(node.outputs[0]!);
  if (rankA < 2 || rankB < 2) return byVector(context, gradient, a, b);
  const byA = (): string => {
    const product = build.op('MatMul', [gradient, turned(context, b, rankB)]);
    return unbatch(context, product, [...out.slice(0, -1), 0], a);
  };
  const byB = (): string => {
    // One matrix for many rows, as in every linear layer: one product of two flat matrices.
    if (rankB === 2 && rankA > 2) {
      const rows = build.reshape(a, [-1, shape(b)[0]!]);
      const flat = build.reshape(gradient, [-1, shape(b)[1]!]);
      return build.op('MatMul', [build.transpose(rows, [1, 0]), flat]);
    }
    return unbatch(context, build.op('MatMul', [turned(context, a, rankA), gradient]), [...out.slice(0, -2), 0, 0], b);
  };
  return [wants(0) ? byA() : undefined, wants(1) ? byB() : undefined];
};

/** A product with a vector: as with a matrix of one row or column. */
function byVector(context: RuleContext, gradient: string, a: string, b: string): (string | undefined)[] {
  const { node, build, wants, shape } = context;
  const [rankA, rankB] = [shape(a).length, shape(b).length];
  if (rankA > 2 || rankB > 2) throw noGradient(node, 'a vector times a stack of matrices');
  const matrixA = rankA === 1 ? build.reshape(a, [1, -1]) : a;
  const matrixB = rankB === 1 ? build.reshape(b, [-1, 1]) : b;
  const rows = rankA === 1 ? 1 : -1;
  const full = build.reshape(gradient, rankB === 1 ? (rankA === 1 ? [1, 1] : [-1, 1]) : [rows, shape(b)[1] ?? 1]);
  return [
    wants(0) ? build.reshapeLike(build.op('MatMul', [full, build.transpose(matrixB, [1, 0])]), a) : undefined,
    wants(1) ? build.reshapeLike(build.op('MatMul', [build.transpose(matrixA, [1, 0]), full]), b) : undefined,
  ];
}

/** alpha * A' * B' + beta * C, where ' may be a transposition. */
const gemm: Rule = (context) => {
  const { node, build, wants } = context;
  const [a, b, c] = node.inputs as [string, string, string?];
  const [alpha, beta] = [floatOf(node.attributes, 'alpha', 1), floatOf(node.attributes, 'beta', 1)];
  const [turnA, turnB] = [intOf(node.attributes, 'transA', 0) === 1, intOf(node.attributes, 'transB', 0) === 1];
  const gradient = only(context);
  const product = (left: string, transA: boolean, right: string, transB: boolean): string =>
    build.op('Gemm', [left, right], { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } });
  const byA = (): string => (turnA ? product(b, turnB, gradient, true) : product(gradient, false, b, !turnB));
  const byB = (): string => (turnB ? product(gradient, true, a, turnA) : product(a, !turnA, gradient, false));
  const byC = (): string => {
    const summed = unbroadcast(context, gradient, node.outputs[0]!, c!);
    return beta === 1 ? summed : build.mul(summed, numberFor(context, c!, beta));
  };
  return [wants(0) ? byA() : undefined, wants(1) ? byB() : undefined, c && wants(2) ? byC() : undefined];
};

/** A sum over products named by letters: by one factor it is the same sum with that factor and the result exchanged. */
const einsum: Rule = (context) => {
  const { node, build, wants, shape } = context;
  const written = node.attributes.get('equation');
  const equation = (written?.kind === 'string' ? written.value : '').replace(/\s+/g, '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (right === undefined || equation.includes('.'))
    throw noGradient(node, 'its equation has an ellipsis or no result');
  const isPlain = (term: string): boolean => new Set(term).size === term.length;
  if (!terms.every(isPlain) || terms.length !== node.inputs.length)
    throw noGradient(node, 'a letter twice in one term');
  const gradient = only(context);
  return node.inputs.map((input, i) => {
    if (!wants(i)) return undefined;
    const own = terms[i]!;
    const others = node.inputs.filter((_, k) => k !== i);
    const names = terms.filter((_, k) => k !== i);
    // A letter that nobody else has was summed over: the gradient is the same all along it.
    const alone = [...own].filter((letter) => !right.includes(letter) && !names.some((name) => name.includes(letter)));
    const ones = alone.map((letter) => {
      const axis = [...own].indexOf(letter);
      if (shape(input)[axis] === -1) throw noGradient(node, 'it sums over the batch');
      return build.floats(new Float32Array(shape(input)[axis]!).fill(1), [shape(input)[axis]!]);
    });
    const made = `${[right, ...names, ...alone].join(',')}->${own}`;
    return build.op('Einsum', [gradient, ...others, ...ones], { equation: made });
  });
};

export const MATMUL: Readonly<Record<string, Rule>> = { MatMul: matMul, Gemm: gemm, Einsum: einsum };
