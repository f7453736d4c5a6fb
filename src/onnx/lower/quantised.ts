// Operators on quantised values: what the numbers stand for, the operator on these, and quantised again.
import { FLOAT, INT32, type Node } from '../model.ts';
import { type Lowering, type LoweringContext } from './lowering.ts';
import { noGradient } from '../refusal.ts';

function less({ build }: LoweringContext, value: string, zero: string | undefined): string {
  const number = build.cast(value, FLOAT);
  return zero ? build.sub(number, build.cast(zero, FLOAT)) : number;
}

/** Also the float operator's attributes: they are the same. */
function same({ build }: LoweringContext, op: string, node: Node, inputs: readonly string[], output: string): void {
  build.nodes.push({ ...node, name: build.fresh(), op, inputs, outputs: [output] });
}

const linearMatMul: Lowering = (context) => {
  const { node, build } = context;
  const [a, aScale, aZero, b, bScale, bZero, scale, zero] = node.inputs as string[];
  const left = build.op('DequantizeLinear', [a, aScale, aZero]);
  const right = build.op('DequantizeLinear', [b, bScale, bZero], { axis: context.shape(b!).length - 1 });
  build.add('QuantizeLinear', [build.op('MatMul', [left, right]), scale, zero], [node.outputs[0]!]);
};

const linearConv: Lowering = (context) => {
  const { node, build, shape } = context;
  const [x, xScale, xZero, w, wScale, wZero, scale, zero, bias] = node.inputs as string[];
  const image = build.op('DequantizeLinear', [x, xScale, xZero]);
  const kernel = build.op('DequantizeLinear', [w, wScale, wZero], { axis: 0 });
  const inputs = [image, kernel];
  if (bias) {
    // A bias is counted in steps of both scales.
    const steps = build.mul(
      build.reshape(xScale!, []),
      shape(wScale!).length === 0 ? wScale! : build.reshape(wScale!, [-1]),
    );
    inputs.push(build.mul(build.cast(bias, FLOAT), steps));
  }
  const made = build.fresh();
  same(context, 'Conv', node, inputs, made);
  build.add('QuantizeLinear', [made, scale, zero], [node.outputs[0]!]);
};

const matMulInteger: Lowering = (context) => {
  const { node, build } = context;
  const [a, b, aZero, bZero] = node.inputs as [string, string, string?, string?];
  if (bZero && context.shape(bZero).length > 0 && context.shape(bZero)[0] !== 1) {
    throw noGradient(node, 'its weights have a zero point for each column');
  }
  const product = build.op('MatMul', [less(context, a, aZero), less(context, b, bZero)]);
  build.add('Cast', [product], [node.outputs[0]!], { to: INT32 });
};

const convInteger: Lowering = (context) => {
  const { node, build } = context;
  const [x, w, xZero, wZero] = node.inputs as [string, string, string?, string?];
  const made = build.fresh();
  same(context, 'Conv', node, [less(context, x, xZero), less(context, w, wZero)], made);
  build.add('Cast', [made], [node.outputs[0]!], { to: INT32 });
};

export const QUANTISED: Readonly<Record<string, Lowering>> = {
  QLinearMatMul: linearMatMul,
  QLinearConv: linearConv,
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
};
