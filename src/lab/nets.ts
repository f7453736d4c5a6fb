// Small networks to be trained: as surrogates of models that can only be asked, and to show what training against attacks does.
import { Builder, FLOAT, type Model, type Tensor, floatTensor } from '../onnx/index.ts';

interface Weights {
  readonly tensors: Tensor[];
  add(name: string, dims: readonly number[], inputs: number): string;
}

/** Uniform, by how many numbers go into one (He et al. 2015); none where nothing does. */
function weightsFrom(random: () => number): Weights {
  const tensors: Tensor[] = [];
  return {
    tensors,
    add(name, dims, inputs) {
      const count = dims.reduce((product, dim) => product * dim, 1);
      const bound = inputs === 0 ? 0 : Math.sqrt(6 / inputs);
      tensors.push(
        floatTensor(
          name,
          dims,
          Float32Array.from({ length: count }, () => (random() * 2 - 1) * bound),
        ),
      );
      return name;
    },
  };
}

function toModel(build: Builder, weights: Weights, shape: readonly number[], classes: number): Model {
  return {
    irVersion: 8,
    opsets: new Map([['', 17]]),
    functions: [],
    graph: {
      name: 'net',
      nodes: build.nodes,
      inputs: [{ name: 'x', type: FLOAT, shape: ['n', ...shape] }],
      outputs: [{ name: 'logits', type: FLOAT, shape: ['n', classes] }],
      initializers: [...weights.tensors, ...build.initializers],
    },
  };
}

export interface NetOptions {
  readonly classes: number;
  /** Uniform in [0, 1): the weights to begin with. */
  readonly random: () => number;
}

/**
 * Layers of numbers, with a bend between them.
 * @param features - numbers of one sample
 * @param hidden - of each layer between
 */
export function denseNet(features: number, hidden: readonly number[], { classes, random }: NetOptions): Model {
  const build = new Builder('n');
  const weights = weightsFrom(random);
  let value = 'x';
  const widths = [features, ...hidden, classes];
  for (let i = 1; i < widths.length; i++) {
    const [from, to] = [widths[i - 1]!, widths[i]!];
    const w = weights.add(`w${i}`, [from, to], from);
    const inputs = [value, w, weights.add(`b${i}`, [to], 0)];
    if (i === widths.length - 1) build.add('Gemm', inputs, ['logits']);
    else value = build.op('Relu', [build.op('Gemm', inputs)]);
  }
  return toModel(build, weights, [features], classes);
}

/**
 * Two convolutions of 5 x 5, each halved by its maxima, and two dense layers: what is commonly shown on digits.
 * @param shape - channels, height and width, both a multiple of four
 * @param widths - channels of the convolutions, numbers of the dense layer
 */
export function imageNet(
  shape: readonly [number, number, number],
  { classes, random, widths = [16, 32, 64] }: NetOptions & { readonly widths?: readonly [number, number, number] },
): Model {
  const build = new Builder('n');
  const weights = weightsFrom(random);
  const [channels, height, width] = shape;
  const [first, second, dense] = widths;
  const layer = (value: string, i: number, from: number, to: number): string => {
    const w = weights.add(`c${i}`, [to, from, 5, 5], from * 25);
    const made = build.op('Conv', [value, w, weights.add(`d${i}`, [to], 0)], { pads: [2, 2, 2, 2] });
    return build.op('MaxPool', [build.op('Relu', [made])], { kernel_shape: [2, 2], strides: [2, 2] });
  };
  const folded = layer(layer('x', 1, channels, first), 2, first, second);
  const flat = build.op('Flatten', [folded]);
  const size = second * (height / 4) * (width / 4);
  const w1 = weights.add('w1', [size, dense], size);
  const hidden = build.op('Relu', [build.op('Gemm', [flat, w1, weights.add('b1', [dense], 0)])]);
  const w2 = weights.add('w2', [dense, classes], dense);
  build.add('Gemm', [hidden, w2, weights.add('b2', [classes], 0)], ['logits']);
  return toModel(build, weights, shape, classes);
}
