// Operators of the runtime's own that several of ONNX's were made one of, taken apart again.
import { floatOf, intOf, stringOf } from '../model.ts';
import { type Lowering, type LoweringContext } from './lowering.ts';
import { noGradient } from '../refusal.ts';

const biasGelu: Lowering = ({ node, build }) => {
  const sum = build.add2(node.inputs[0]!, node.inputs[1]!);
  const outputs = node.outputs;
  build.nodes.push({ ...node, name: build.fresh(), op: 'Gelu', domain: 'com.microsoft', inputs: [sum], outputs });
};

/** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), with an optional bias. */
const fastGelu: Lowering = ({ node, build, type }) => {
  const [given, bias] = node.inputs as [string, string?];
  const x = bias ? build.add2(given, bias) : given;
  const number = (value: number): string => build.scalar(value, type(given));
  const bent = build.add2(build.mul(build.mul(build.mul(x, x), x), number(0.044715)), x);
  const t = build.op('Tanh', [build.mul(bent, number(Math.sqrt(2 / Math.PI)))]);
  build.add('Mul', [build.mul(x, number(0.5)), build.add2(t, number(1))], [node.outputs[0]!]);
};

const fusedMatMul: Lowering = ({ node, build, shape, type }) => {
  const [a, b] = node.inputs as [string, string];
  const turn = (value: string, flag: string): string => {
    if (intOf(node.attributes, flag, 0) === 0) return value;
    const rank = shape(value).length;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return build.transpose(value, perm);
  };
  const product = build.op('MatMul', [turn(a, 'transA'), turn(b, 'transB')]);
  const alpha = floatOf(node.attributes, 'alpha', 1);
  build.add('Mul', [product, build.scalar(alpha, type(a))], [node.outputs[0]!]);
};

/** A convolution with its activation. */
const fusedConv: Lowering = ({ node, build }) => {
  const activation = stringOf(node.attributes, 'activation', '');
  if (node.inputs.length > 3) throw noGradient(node, 'it adds another value');
  const parameters = node.attributes.get('activation_params');
  const numbers = parameters?.kind === 'floats' ? parameters.value : [];
  const made = activation === '' ? node.outputs[0]! : build.fresh();
  const attributes = new Map([...node.attributes].filter(([name]) => !name.startsWith('activation')));
  build.nodes.push({ ...node, name: build.fresh(), op: 'Conv', domain: '', attributes, outputs: [made] });
  if (activation === '') return;
  const alpha = numbers[0] === undefined ? {} : { alpha: { float: numbers[0] } };
  const beta = activation === 'HardSigmoid' && numbers[1] !== undefined ? { beta: { float: numbers[1] } } : {};
  if (activation === 'Clip') {
    build.add(
      'Clip',
      [made, build.scalar(numbers[0] ?? -3.4e38), build.scalar(numbers[1] ?? 3.4e38)],
      [node.outputs[0]!],
    );
  } else build.add(activation, [made], [node.outputs[0]!], { ...alpha, ...beta });
};

/** Attention of one sequence to itself (Vaswani et al. 2017), heads side by side: batch x places x hidden. */
const attention: Lowering = (context) => {
  const { node, build, shape, type } = context;
  const [x, weights, bias, ...rest] = node.inputs as [string, string, string?, ...string[]];
  if (rest.some((input) => input !== '')) throw noGradient(node, 'it has a mask or a past');
  if (intOf(node.attributes, 'unidirectional', 0) === 1) throw noGradient(node, 'it looks back only');
  const heads = intOf(node.attributes, 'num_heads', 1);
  const product = build.op('MatMul', [x, weights]);
  const all = bias ? build.add2(product, bias) : product;
  const width = shape(weights)[1]! / 3;
  const parts = build.ops('Split', [all, build.ints([width, width, width])], 3, { axis: 2 });
  const size = width / heads;
  const each = (value: string): string => headsOf(context, value, heads, size);
  const scale = floatOf(node.attributes, 'scale', 0) || 1 / Math.sqrt(size);
  const [q, k, v] = parts.map(each) as [string, string, string];
  const scores = build.mul(build.op('MatMul', [q, build.transpose(k, [0, 1, 3, 2])]), build.scalar(scale, type(x)));
  const mixed = build.op('MatMul', [build.op('Softmax', [scores], { axis: -1 }), v]);
  const joined = build.transpose(mixed, [0, 2, 1, 3]);
  build.add('Reshape', [joined, build.ints([0, 0, width])], [node.outputs[0]!]);
};

function headsOf({ build }: LoweringContext, value: string, heads: number, size: number): string {
  return build.transpose(build.reshape(value, [0, 0, heads, size]), [0, 2, 1, 3]);
}

export const FUSED: Readonly<Record<string, Lowering>> = {
  'com.microsoft.BiasGelu': biasGelu,
  'com.microsoft.FastGelu': fastGelu,
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.FusedConv': fusedConv,
  'com.microsoft.Attention': attention,
};
