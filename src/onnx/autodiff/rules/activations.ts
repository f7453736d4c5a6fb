// Activations: bends that work number by number.
import { floatOf, stringOf } from '../../model.ts';
import { type Rule, type RuleContext, only, unbroadcast } from '../rule.ts';
import { maskFor, numberFor, unary } from './arithmetic.ts';
import { noGradient } from '../../refusal.ts';

const attribute = ({ node }: RuleContext, name: string, otherwise: number): number =>
  floatOf(node.attributes, name, otherwise);

const positive = (context: RuleContext, x: string): string =>
  context.build.op('Greater', [x, numberFor(context, x, 0)]);

/** Where x > 0 one factor, elsewhere another. */
const split = (context: RuleContext, x: string, above: string, below: string): string =>
  context.build.op('Where', [positive(context, x), above, below]);

/** y + alpha where y = alpha * (e^x - 1): the slope of what is exponential below 0. */
const elu = (context: RuleContext, x: string, y: string, alpha: number, gamma: number): string =>
  split(context, x, numberFor(context, x, gamma), context.build.add2(y, numberFor(context, x, alpha * gamma)));

/** 1 / sqrt(2 * pi) */
const DENSITY = 0.3989422804014327;

function normalDensity(context: RuleContext, x: string): string {
  const { build } = context;
  const half = build.mul(build.mul(x, x), numberFor(context, x, -0.5));
  return build.mul(build.op('Exp', [half]), numberFor(context, x, DENSITY));
}

/** Gaussian error linear unit (Hendrycks and Gimpel 2016): its slope is the distribution plus x times the density. */
const gelu: Rule = unary((context, x) => {
  const { build, node } = context;
  if (stringOf(node.attributes, 'approximate', 'none') === 'tanh') return tanhGelu(context, x);
  const scaled = build.mul(x, numberFor(context, x, Math.SQRT1_2));
  const cumulative = build.mul(
    build.add2(build.op('Erf', [scaled]), numberFor(context, x, 1)),
    numberFor(context, x, 0.5),
  );
  return build.add2(cumulative, build.mul(x, normalDensity(context, x)));
});

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** The slope of 0.5 x (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3). */
function tanhGelu(context: RuleContext, x: string): string {
  const { build } = context;
  const number = (value: number): string => numberFor(context, x, value);
  const square = build.mul(x, x);
  const u = build.mul(build.mul(x, build.add2(number(1), build.mul(square, number(CUBIC)))), number(ROOT));
  const t = build.op('Tanh', [u]);
  const slope = build.mul(build.add2(number(1), build.mul(square, number(3 * CUBIC))), number(ROOT));
  const bend = build.mul(build.mul(x, build.sub(number(1), build.mul(t, t))), slope);
  return build.mul(build.add2(build.add2(number(1), t), bend), number(0.5));
}

/** x times sigmoid(alpha x): the slope is s + alpha y (1 - s). */
const swish = (alphaOf: (context: RuleContext) => number): Rule =>
  unary((context, x, y) => {
    const { build } = context;
    const alpha = numberFor(context, x, alphaOf(context));
    const s = build.op('Sigmoid', [build.mul(x, alpha)]);
    return build.add2(s, build.mul(build.mul(y, alpha), build.sub(numberFor(context, x, 1), s)));
  });

const leakyByInput: Rule = (context) => {
  const { node, build, wants } = context;
  const [x, slope] = node.inputs as [string, string];
  const gradient = only(context);
  const out = node.outputs[0]!;
  const isUp = positive(context, x);
  const zero = numberFor(context, x, 0);
  return [
    wants(0) ? build.op('Where', [isUp, gradient, build.mul(gradient, slope)]) : undefined,
    wants(1) ? unbroadcast(context, build.op('Where', [isUp, zero, build.mul(gradient, x)]), out, slope) : undefined,
  ];
};

/** 1 between two ends of x, and nothing beyond. */
function between(context: RuleContext, x: string, low: number, high: number): string {
  const { build } = context;
  const above = build.op('Greater', [x, numberFor(context, x, low)]);
  const below = build.op('Less', [x, numberFor(context, x, high)]);
  return maskFor(context, build.op('And', [above, below]), x);
}

const hardSigmoid: Rule = unary((context, x) => {
  const alpha = attribute(context, 'alpha', 0.2);
  const beta = attribute(context, 'beta', 0.5);
  if (alpha <= 0) throw noGradient(context.node, 'alpha is not positive');
  const inside = between(context, x, -beta / alpha, (1 - beta) / alpha);
  return context.build.mul(inside, numberFor(context, x, alpha));
});

const hardSwish: Rule = unary((context, x) => {
  const { build } = context;
  const slope = build.add2(build.mul(x, numberFor(context, x, 1 / 3)), numberFor(context, x, 0.5));
  const above = maskFor(context, build.op('Not', [build.op('Less', [x, numberFor(context, x, 3)])]), x);
  return build.add2(build.mul(between(context, x, -3, 3), slope), above);
});

export const ACTIVATIONS: Readonly<Record<string, Rule>> = {
  Relu: unary((context, x) => maskFor(context, positive(context, x), x)),
  LeakyRelu: unary((context, x) =>
    split(context, x, numberFor(context, x, 1), numberFor(context, x, attribute(context, 'alpha', 0.01))),
  ),
  PRelu: leakyByInput,
  Elu: unary((context, x, y) => elu(context, x, y, attribute(context, 'alpha', 1), 1)),
  Selu: unary((context, x, y) =>
    elu(
      context,
      x,
      y,
      attribute(context, 'alpha', 1.6732632423543772),
      attribute(context, 'gamma', 1.0507009873554805),
    ),
  ),
  Celu: unary((context, x) => {
    const { build } = context;
    const down = build.op('Exp', [build.mul(x, numberFor(context, x, 1 / attribute(context, 'alpha', 1)))]);
    return split(context, x, numberFor(context, x, 1), down);
  }),
  ThresholdedRelu: unary((context, x) =>
    maskFor(context, context.build.op('Greater', [x, numberFor(context, x, attribute(context, 'alpha', 1))]), x),
  ),
  Sigmoid: unary((context, _x, y) => context.build.mul(y, context.build.sub(numberFor(context, y, 1), y))),
  Tanh: unary((context, _x, y) => context.build.sub(numberFor(context, y, 1), context.build.mul(y, y))),
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Softplus: unary(({ build }, x) => build.op('Sigmoid', [x])),
  Softsign: unary((context, x) => {
    const { build } = context;
    const root = build.op('Reciprocal', [build.add2(numberFor(context, x, 1), build.op('Abs', [x]))]);
    return build.mul(root, root);
  }),
  Erf: unary((context, x) => {
    const { build } = context;
    const bell = build.op('Exp', [build.neg(build.mul(x, x))]);
    return build.mul(bell, numberFor(context, x, 2 / Math.sqrt(Math.PI)));
  }),
  Gelu: gelu,
  Swish: swish((context) => attribute(context, 'alpha', 1)),
  Mish: unary((context, x) => {
    const { build } = context;
    const t = build.op('Tanh', [build.op('Softplus', [x])]);
    const s = build.op('Sigmoid', [x]);
    return build.add2(t, build.mul(build.mul(x, s), build.sub(numberFor(context, x, 1), build.mul(t, t))));
  }),
  'com.microsoft.Gelu': gelu,
  'com.microsoft.QuickGelu': swish((context) => attribute(context, 'alpha', 1.702)),
};
