// Quantised values: rounding is passed straight through, as in training that knows of it (Jacob et al. 2018), and what is cut off
// at the ends has no slope. A whole number's gradient is that of the number that it stands for.
import { FLOAT, INT8, UINT8, intOf } from '../../model.ts';
import { type Rule, type RuleContext, only } from '../rule.ts';
import { noGradient } from '../../refusal.ts';

/** A scale for each place along an axis, shaped so that it broadcasts. */
function scaleOf({ node, build, shape }: RuleContext, x: string, scale: string): string {
  const rank = shape(x).length;
  const own = shape(scale);
  if (own.length === 0 || (own.length === 1 && own[0] === 1)) return build.reshape(scale, []);
  const axis = intOf(node.attributes, 'axis', 1);
  const at = axis < 0 ? axis + rank : axis;
  return build.reshape(
    scale,
    Array.from({ length: rank }, (_, i) => (i === at ? own[0]! : 1)),
  );
}

const ENDS: Readonly<Record<number, readonly [number, number]>> = { [UINT8]: [0, 255], [INT8]: [-128, 127] };

const quantise: Rule = (context) => {
  const { node, build, type } = context;
  const [x, scale] = node.inputs as [string, string];
  const y = node.outputs[0]!;
  const ends = ENDS[type(y)];
  if (ends === undefined) throw noGradient(node, 'it is not quantised to eight bits');
  const number = build.cast(y, FLOAT);
  const within = build.op('And', [
    build.op('Greater', [number, build.scalar(ends[0])]),
    build.op('Less', [number, build.scalar(ends[1])]),
  ]);
  const passed = build.mul(only(context), build.cast(within, FLOAT));
  return [build.div(passed, scaleOf(context, x, scale)), undefined, undefined];
};

const dequantise: Rule = (context) => {
  const { node, build } = context;
  const [x, scale] = node.inputs as [string, string];
  return [build.mul(only(context), scaleOf(context, x, scale)), undefined, undefined];
};

export const QUANTISATION: Readonly<Record<string, Rule>> = {
  QuantizeLinear: quantise,
  DequantizeLinear: dequantise,
};
