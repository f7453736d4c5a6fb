// Operators that work number by number on one, two or many operands, with broadcasting.
import { BOOL, intOf } from '../../model.ts';
import { type Rule, type RuleContext, gradientType, only, unbroadcast } from '../rule.ts';
import { noGradient } from '../../refusal.ts';

type Two = (context: RuleContext, gradient: string, a: string, b: string) => [a: () => string, b: () => string];

/** Of two operands; each gradient is made only where it is wanted. */
function binary(two: Two): Rule {
  return (context) => {
    const { node, wants } = context;
    const [a, b] = node.inputs as [string, string];
    const out = node.outputs[0]!;
    const [makeA, makeB] = two(context, only(context), a, b);
    return [
      wants(0) ? unbroadcast(context, makeA(), out, a) : undefined,
      wants(1) ? unbroadcast(context, makeB(), out, b) : undefined,
    ];
  };
}

/** Of one operand: the gradient times what is returned. */
export function unary(factor: (context: RuleContext, x: string, y: string) => string): Rule {
  return (context) => {
    const { node, build } = context;
    return [build.mul(only(context), factor(context, node.inputs[0]!, node.outputs[0]!))];
  };
}

/** Passed on as it is: also through what has steps (rounding), as straight-through estimators do (Bengio et al. 2013). */
export const pass: Rule = (context) => [only(context)];

/** A number in the type of a value. */
export function numberFor({ build, type }: RuleContext, value: string, number: number): string {
  return build.scalar(number, gradientType(type(value)));
}

/** 1 where a condition holds, in the type of a value. */
export function maskFor({ build, type }: RuleContext, condition: string, value: string): string {
  return build.cast(condition, gradientType(type(value)));
}

/** The greatest or least of many: the gradient goes to the first operand that is it. */
const extreme: Rule = (context) => {
  const { node, build, wants } = context;
  const out = node.outputs[0]!;
  let taken: string | undefined;
  return node.inputs.map((input, i) => {
    const equal = build.op('Equal', [input, out]);
    const mine = taken === undefined ? equal : build.op('And', [equal, build.op('Not', [taken])]);
    taken = taken === undefined ? equal : build.op('Or', [taken, equal]);
    if (!wants(i)) return undefined;
    // One that is not broadcast itself may have been compared with one that is: the mask has the result's shape.
    return unbroadcast(context, build.mul(only(context), maskFor(context, mine, input)), out, input);
  });
};

const clip: Rule = (context) => {
  const { node, build, wants } = context;
  const [x, low, high] = node.inputs as [string, string?, string?];
  if (!wants(0)) return [];
  const conditions: string[] = [];
  if (low) conditions.push(build.op('Not', [build.op('Less', [x, low])]));
  if (high) conditions.push(build.op('Not', [build.op('Greater', [x, high])]));
  const within = conditions.reduce<string | undefined>(
    (all, next) => (all === undefined ? next : build.op('And', [all, next])),
    undefined,
  );
  const gradient = only(context);
  return [within === undefined ? gradient : build.mul(gradient, maskFor(context, within, x))];
};

const cast: Rule = (context) => {
  const { node, build, type } = context;
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const [from, to] = [gradientType(type(x)), gradientType(type(y))];
  if (type(x) === BOOL) return [undefined];
  return [from === to ? only(context) : build.cast(only(context), from)];
};

const cumulative: Rule = (context) => {
  const { node, build } = context;
  const exclusive = intOf(node.attributes, 'exclusive', 0);
  const reverse = 1 - intOf(node.attributes, 'reverse', 0);
  return [build.op('CumSum', [only(context), node.inputs[1]], { exclusive, reverse }), undefined];
};

const power: Rule = (context) => {
  const { node, build, wants, constant, type } = context;
  const [x, p] = node.inputs as [string, string];
  const out = node.outputs[0]!;
  const gradient = only(context);
  const exponent = type(p) === type(x) ? p : build.cast(p, type(x));
  const [known] = constant(p)?.length === 1 ? constant(p)! : [];
  const one = numberFor(context, x, 1);
  const down = (): string => {
    if (known === 2) return build.mul(build.mul(gradient, x), numberFor(context, x, 2));
    const raised = build.op('Pow', [x, build.sub(exponent, one)]);
    return build.mul(gradient, build.mul(exponent, raised));
  };
  const byExponent = (): string => {
    // 0^p does not change with p; its logarithm must not make it NaN.
    const positive = build.op('Greater', [x, numberFor(context, x, 0)]);
    const safe = build.op('Where', [positive, x, one]);
    return build.mul(build.mul(gradient, out), build.op('Log', [safe]));
  };
  return [
    wants(0) ? unbroadcast(context, down(), out, x) : undefined,
    wants(1) ? unbroadcast(context, byExponent(), out, p) : undefined,
  ];
};

const where: Rule = (context) => {
  const { node, build, wants } = context;
  const [condition, a, b] = node.inputs as [string, string, string];
  const out = node.outputs[0]!;
  const gradient = only(context);
  const zero = numberFor(context, a, 0);
  return [
    undefined,
    wants(1) ? unbroadcast(context, build.op('Where', [condition, gradient, zero]), out, a) : undefined,
    wants(2) ? unbroadcast(context, build.op('Where', [condition, zero, gradient]), out, b) : undefined,
  ];
};

const many =
  (each: (context: RuleContext, gradient: string, count: number) => string): Rule =>
  (context) => {
    const { node, wants } = context;
    const made = each(context, only(context), node.inputs.length);
    return node.inputs.map((input, i) => (wants(i) ? unbroadcast(context, made, node.outputs[0]!, input) : undefined));
  };

export const ARITHMETIC: Readonly<Record<string, Rule>> = {
  Add: binary((_, g) => [() => g, () => g]),
  Sub: binary(({ build }, g) => [() => g, () => build.neg(g)]),
  Mul: binary(({ build }, g, a, b) => [() => build.mul(g, b), () => build.mul(g, a)]),
  Div: binary(({ build, node }, g, _a, b) => [
    () => build.div(g, b),
    () => build.neg(build.div(build.mul(g, node.outputs[0]!), b)),
  ]),
  Mod: binary(({ node }, g) => [
    () => g,
    () => {
      throw noGradient(node, 'by its divisor');
    },
  ]),
  Pow: power,
  Sum: many((_, gradient) => gradient),
  Mean: many((context, gradient, count) =>
    context.build.mul(gradient, numberFor(context, context.node.outputs[0]!, 1 / count)),
  ),
  Max: extreme,
  Min: extreme,
  Clip: clip,
  Where: where,
  Cast: cast,
  CastLike: cast,
  CumSum: cumulative,
  Identity: pass,
  Dropout: (context) => [only(context), undefined, undefined],
  Round: pass,
  Floor: pass,
  Ceil: pass,
  Neg: (context) => [context.build.neg(only(context))],
  Abs: unary(({ build }, x) => build.op('Sign', [x])),
  Sign: (context) => [context.build.mul(only(context), numberFor(context, context.node.inputs[0]!, 0))],
  Reciprocal: unary(({ build }, _x, y) => build.neg(build.mul(y, y))),
  Sqrt: unary((context, _x, y) => context.build.div(numberFor(context, y, 0.5), y)),
  Exp: unary((_, _x, y) => y),
  Log: unary(({ build }, x) => build.op('Reciprocal', [x])),
  Sin: unary(({ build }, x) => build.op('Cos', [x])),
  Cos: unary(({ build }, x) => build.neg(build.op('Sin', [x]))),
  Tan: unary((context, _x, y) => context.build.add2(numberFor(context, y, 1), context.build.mul(y, y))),
  Sinh: unary(({ build }, x) => build.op('Cosh', [x])),
  Cosh: unary(({ build }, x) => build.op('Sinh', [x])),
  Atan: unary((context, x) => {
    const { build } = context;
    return build.op('Reciprocal', [build.add2(numberFor(context, x, 1), build.mul(x, x))]);
  }),
  Asin: unary((context, x) => {
    const { build } = context;
    return build.op('Reciprocal', [build.op('Sqrt', [build.sub(numberFor(context, x, 1), build.mul(x, x))])]);
  }),
  Acos: unary((context, x) => {
    const { build } = context;
    return build.neg(
      build.op('Reciprocal', [build.op('Sqrt', [build.sub(numberFor(context, x, 1), build.mul(x, x))])]),
    );
  }),
};
