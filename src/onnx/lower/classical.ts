// Operators of classical models (domain ai.onnx.ml) that are smooth: linear classifiers and what scales their features. Trees have no
// slope anywhere and stay as they are. Source: the ONNX-ML operator reference.
import { type Attributes, FLOAT, type Node, intsOf, stringOf } from '../model.ts';
import { noGradient } from '../refusal.ts';
import type { Lowering } from './lowering.ts';

function floatsOf(attributes: Attributes, name: string): readonly number[] {
  const found = attributes.get(name);
  return found?.kind === 'floats' ? found.value : [];
}

function labelsOf({ attributes }: Node): number {
  const texts = attributes.get('classlabels_strings');
  const whole = intsOf(attributes, 'classlabels_ints') ?? [];
  return texts?.kind === 'strings' && texts.value.length > 0 ? texts.value.length : whole.length;
}

/** Its scores; the label is not computed any more, as nothing smooth depends on it. */
const linearClassifier: Lowering = ({ node, build, shape }) => {
  const coefficients = floatsOf(node.attributes, 'coefficients');
  const intercepts = floatsOf(node.attributes, 'intercepts');
  const classes = labelsOf(node);
  const features = shape(node.inputs[0]!).at(-1)!;
  if (coefficients.length !== classes * features)
    throw noGradient(node, 'its coefficients are not a row for each class');
  const weights = build.floats(coefficients, [classes, features]);
  const x = build.cast(node.inputs[0]!, FLOAT);
  const bias = intercepts.length === 0 ? undefined : build.floats(intercepts, [intercepts.length]);
  const scores = build.op('Gemm', [x, weights, bias], { transB: 1 });
  const output = node.outputs[1]!;
  const transform = stringOf(node.attributes, 'post_transform', 'NONE');
  if (transform === 'NONE') build.add('Identity', [scores], [output]);
  else if (transform === 'SOFTMAX') build.add('Softmax', [scores], [output], { axis: 1 });
  else if (transform === 'LOGISTIC') build.add('Sigmoid', [scores], [output]);
  else throw noGradient(node, `its scores are transformed by ${transform}`);
};

const scaler: Lowering = ({ node, build }) => {
  const [offset, scale] = [floatsOf(node.attributes, 'offset'), floatsOf(node.attributes, 'scale')];
  const x = build.cast(node.inputs[0]!, FLOAT);
  const moved = offset.length === 0 ? x : build.sub(x, build.floats(offset, [offset.length]));
  if (scale.length === 0) build.add('Identity', [moved], node.outputs);
  else build.add('Mul', [moved, build.floats(scale, [scale.length])], node.outputs);
};

const normalizer: Lowering = ({ node, build }) => {
  const norm = stringOf(node.attributes, 'norm', 'MAX');
  const x = build.cast(node.inputs[0]!, FLOAT);
  const axes = build.ints([1]);
  const length =
    norm === 'L1'
      ? build.op('ReduceSum', [build.op('Abs', [x]), axes], { keepdims: 1 })
      : norm === 'L2'
        ? build.op('Sqrt', [build.op('ReduceSum', [build.mul(x, x), axes], { keepdims: 1 })])
        : undefined;
  if (length === undefined) throw noGradient(node, `its norm is ${norm}`);
  build.add('Div', [x, length], node.outputs);
};

export const CLASSICAL: Readonly<Record<string, Lowering>> = {
  'ai.onnx.ml.LinearClassifier': linearClassifier,
  'ai.onnx.ml.Scaler': scaler,
  'ai.onnx.ml.Normalizer': normalizer,
};
