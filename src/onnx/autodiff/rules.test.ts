// Every rule against finite differences of the runtime's own forward computation: the gradient is that of the operator as it is
// computed, whatever its attributes.
import { expect, it } from 'vitest';
import { type Small, compare } from '../testing/graph.ts';

const one = (op: string, given = {}, more: Partial<Small> = {}): Small => ({
  shape: [2, 6],
  nodes: [[op, ['x'], given]],
  ...more,
});
const image = (channels: number, height: number, width: number): readonly number[] => [2, channels, height, width];

const CASES: Readonly<Record<string, Small>> = {
  'Add, broadcast': { shape: [2, 3, 4], nodes: [['Add', ['x', 'b']]], floats: { b: [[3, 1]] } },
  'Sub, from a constant': { shape: [2, 3], nodes: [['Sub', ['b', 'x']]], floats: { b: [[1]] } },
  'Mul with itself': { shape: [2, 3], nodes: [['Mul', ['x', 'x']]] },
  'Mul, the input broadcast': { shape: [2, 1, 3], nodes: [['Mul', ['x', 'b']]], floats: { b: [[4, 3]] } },
  Div: {
    shape: [2, 3],
    nodes: [
      ['Add', ['x', 'b']],
      ['Div', ['x', 'y0']],
    ],
    floats: { b: [[1], [3]] },
  },
  'Pow by two': { shape: [2, 3], nodes: [['Pow', ['x', 'b']]], floats: { b: [[1], [2]] } },
  'Pow of a positive': {
    shape: [2, 3],
    low: 0.5,
    high: 2,
    nodes: [['Pow', ['x', 'b']]],
    floats: { b: [[3], [0.5, 1.7, -1]] },
  },
  'Pow, as exponent': { shape: [2, 3], nodes: [['Pow', ['b', 'x']]], floats: { b: [[3], [0.5, 1.7, 2]] } },
  'Sum of three': { shape: [2, 3], nodes: [['Sum', ['x', 'b', 'x']]], floats: { b: [[3]] } },
  'Mean of two': { shape: [2, 3], nodes: [['Mean', ['x', 'b']]], floats: { b: [[1]] } },
  Max: { shape: [2, 6], nodes: [['Max', ['x', 'b']]], floats: { b: [[6]] } },
  Min: { shape: [2, 6], nodes: [['Min', ['b', 'x']]], floats: { b: [[6]] } },
  Clip: { shape: [2, 6], nodes: [['Clip', ['x', 'l', 'h']]], floats: { l: [[], [-0.5]], h: [[], [0.4]] } },
  Where: {
    shape: [2, 6],
    nodes: [
      ['Greater', ['x', 'b']],
      ['Where', ['y0', 'x', 'b']],
    ],
    floats: { b: [[6]] },
  },
  CumSum: { shape: [2, 4], nodes: [['CumSum', ['x', 'a'], { exclusive: 1 }]], ints: { a: [1] } },
  'Cast and back': {
    shape: [2, 4],
    nodes: [
      ['Cast', ['x'], { to: 11 }],
      ['Cast', ['y0'], { to: 1 }],
    ],
  },
  'Dropout, asleep': one('Dropout'),
  Neg: one('Neg'),
  Abs: one('Abs'),
  Reciprocal: one('Reciprocal', {}, { low: 0.5, high: 2 }),
  Sqrt: one('Sqrt', {}, { low: 0.5, high: 2 }),
  Exp: one('Exp'),
  Log: one('Log', {}, { low: 0.5, high: 2 }),
  Sin: one('Sin'),
  Cos: one('Cos'),
  Tan: one('Tan'),
  Sinh: one('Sinh'),
  Cosh: one('Cosh'),
  Atan: one('Atan'),
  Asin: one('Asin', {}, { low: -0.8, high: 0.8 }),
  Acos: one('Acos', {}, { low: -0.8, high: 0.8 }),
  Relu: one('Relu'),
  LeakyRelu: one('LeakyRelu', { alpha: { float: 0.1 } }),
  PRelu: { shape: [2, 3, 4], nodes: [['PRelu', ['x', 's']]], floats: { s: [[3, 1]] } },
  Elu: one('Elu', { alpha: { float: 1.5 } }),
  Selu: one('Selu'),
  Celu: one('Celu', { alpha: { float: 0.7 } }),
  ThresholdedRelu: one('ThresholdedRelu', { alpha: { float: 0.2 } }),
  Sigmoid: one('Sigmoid'),
  Tanh: one('Tanh'),
  HardSigmoid: one('HardSigmoid', { alpha: { float: 0.6 }, beta: { float: 0.5 } }),
  HardSwish: one('HardSwish', {}, { low: -4, high: 4.5 }),
  Softplus: one('Softplus'),
  Softsign: one('Softsign'),
  Erf: one('Erf'),
  Mish: one('Mish', {}, { opset: 18 }),
  'Gelu of the runtime': { shape: [2, 6], nodes: [['Gelu', ['x'], {}, 'com.microsoft']] },
  QuickGelu: { shape: [2, 6], nodes: [['QuickGelu', ['x'], {}, 'com.microsoft']] },
  'FastGelu with a bias': {
    shape: [2, 6],
    nodes: [['FastGelu', ['x', 'b'], {}, 'com.microsoft']],
    floats: { b: [[6]] },
  },
  BiasGelu: { shape: [2, 6], nodes: [['BiasGelu', ['x', 'b'], {}, 'com.microsoft']], floats: { b: [[6]] } },
  MatMul: { shape: [2, 3, 4], nodes: [['MatMul', ['x', 'w']]], floats: { w: [[4, 5]] } },
  'MatMul, stacked': { shape: [2, 3, 4], nodes: [['MatMul', ['w', 'x']]], floats: { w: [[1, 5, 3]] } },
  'MatMul with itself': {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [0, 2, 1] }],
      ['MatMul', ['x', 'y0']],
    ],
  },
  'MatMul by a vector': { shape: [2, 4], nodes: [['MatMul', ['x', 'w']]], floats: { w: [[4]] } },
  Gemm: {
    shape: [2, 4],
    nodes: [['Gemm', ['x', 'w', 'c'], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }]],
    floats: { w: [[5, 4]], c: [[5]] },
  },
  'Gemm, on the right': {
    shape: [2, 4],
    nodes: [
      ['Reshape', ['x', 's']],
      ['Gemm', ['w', 'y0'], { transA: 1, transB: 1 }],
      ['Transpose', ['y1'], { perm: [1, 0] }],
    ],
    floats: { w: [[4, 3]] },
    ints: { s: [-1, 4] },
  },
  'Einsum, two terms': {
    shape: [2, 3, 4],
    nodes: [['Einsum', ['x', 'w'], { equation: 'bij,jk->bik' }]],
    floats: { w: [[4, 5]] },
  },
  'Einsum, summed out': { shape: [2, 3, 4], nodes: [['Einsum', ['x'], { equation: 'bij->bi' }]] },
  Softmax: { shape: [2, 3, 4], nodes: [['Softmax', ['x'], { axis: 1 }]] },
  LogSoftmax: { shape: [2, 5], nodes: [['LogSoftmax', ['x']]] },
  'Softmax of old, over all axes behind': { shape: [2, 3, 2], opset: 11, nodes: [['Softmax', ['x'], { axis: 1 }]] },
  Conv: {
    shape: image(2, 6, 5),
    nodes: [['Conv', ['x', 'w', 'b'], { pads: [1, 1, 1, 1] }]],
    floats: { w: [[3, 2, 3, 3]], b: [[3]] },
  },
  'Conv to fewer channels': {
    shape: image(4, 5, 5),
    nodes: [['Conv', ['x', 'w'], { pads: [1, 0, 1, 2], dilations: [1, 2] }]],
    floats: { w: [[2, 4, 3, 3]] },
  },
  'Conv to fewer channels, in groups': {
    shape: image(6, 4, 4),
    nodes: [['Conv', ['x', 'w'], { group: 2 }]],
    floats: { w: [[4, 3, 2, 2]] },
  },
  'Conv, strides, uneven pads': {
    shape: image(2, 7, 6),
    nodes: [['Conv', ['x', 'w'], { strides: [2, 3], pads: [1, 0, 2, 1] }]],
    floats: { w: [[3, 2, 3, 2]] },
  },
  'Conv, dilated, in groups': {
    shape: image(4, 7, 7),
    nodes: [['Conv', ['x', 'w'], { dilations: [2, 1], group: 2, pads: [2, 0, 1, 1] }]],
    floats: { w: [[6, 2, 3, 2]] },
  },
  'Conv, depthwise, same': {
    shape: image(3, 5, 5),
    nodes: [['Conv', ['x', 'w'], { group: 3, auto_pad: 'SAME_UPPER', strides: [2, 2] }]],
    floats: { w: [[3, 1, 3, 3]] },
  },
  'Conv, more pads than kernel': {
    shape: image(1, 4, 4),
    nodes: [['Conv', ['x', 'w'], { pads: [2, 2, 2, 2] }]],
    floats: { w: [[2, 1, 2, 2]] },
  },
  'Conv of one dimension': {
    shape: [2, 2, 8],
    nodes: [['Conv', ['x', 'w'], { strides: [2] }]],
    floats: { w: [[3, 2, 3]] },
  },
  'Conv of three dimensions': {
    shape: [1, 1, 3, 4, 3],
    nodes: [['Conv', ['x', 'w']]],
    floats: { w: [[2, 1, 2, 2, 2]] },
  },
  ConvTranspose: {
    shape: image(2, 4, 3),
    nodes: [['ConvTranspose', ['x', 'w', 'b'], { strides: [2, 2], pads: [1, 0, 0, 1], output_padding: [1, 0] }]],
    floats: { w: [[2, 3, 3, 2]], b: [[3]] },
  },
  'ConvTranspose in groups': {
    shape: image(4, 3, 3),
    nodes: [['ConvTranspose', ['x', 'w'], { group: 2, dilations: [2, 1] }]],
    floats: { w: [[4, 1, 2, 2]] },
  },
  MaxPool: { shape: image(2, 4, 6), nodes: [['MaxPool', ['x'], { kernel_shape: [2, 3], strides: [2, 3] }]] },
  'MaxPool, overlapping': {
    shape: image(2, 6, 5),
    nodes: [['MaxPool', ['x'], { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] }]],
  },
  'MaxPool with a rest': {
    shape: image(1, 5, 5),
    nodes: [['MaxPool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }]],
  },
  AveragePool: { shape: image(2, 4, 4), nodes: [['AveragePool', ['x'], { kernel_shape: [2, 2], strides: [2, 2] }]] },
  'AveragePool, overlapping, pads do not count': {
    shape: image(2, 5, 5),
    nodes: [['AveragePool', ['x'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }]],
  },
  'AveragePool, pads count': {
    shape: image(1, 5, 4),
    nodes: [['AveragePool', ['x'], { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 }]],
  },
  'AveragePool with a rest': {
    shape: image(1, 5, 5),
    nodes: [['AveragePool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }]],
  },
  GlobalAveragePool: { shape: image(2, 3, 3), nodes: [['GlobalAveragePool', ['x']]] },
  GlobalMaxPool: { shape: image(2, 3, 3), nodes: [['GlobalMaxPool', ['x']]] },
  BatchNormalization: {
    shape: image(2, 3, 3),
    nodes: [['BatchNormalization', ['x', 's', 'b', 'm', 'v']]],
    floats: { s: [[2]], b: [[2]], m: [[2]], v: [[2], [0.5, 2]] },
  },
  InstanceNormalization: {
    shape: image(2, 3, 3),
    nodes: [['InstanceNormalization', ['x', 's', 'b']]],
    floats: { s: [[2]], b: [[2]] },
  },
  LayerNormalization: {
    shape: [2, 3, 5],
    nodes: [['LayerNormalization', ['x', 's', 'b'], { axis: -1 }]],
    floats: { s: [[5]], b: [[5]] },
  },
  MeanVarianceNormalization: { shape: image(2, 3, 3), nodes: [['MeanVarianceNormalization', ['x'], { axes: [2, 3] }]] },
  LRN: { shape: image(4, 2, 2), nodes: [['LRN', ['x'], { size: 3, alpha: { float: 0.3 } }]] },
  LpNormalization: { shape: [2, 5], nodes: [['LpNormalization', ['x'], { axis: -1, p: 2 }]] },
  SkipLayerNormalization: {
    shape: [2, 3, 4],
    nodes: [
      ['Exp', ['x']],
      ['SkipLayerNormalization', ['x', 'y0', 's', 'b'], {}, 'com.microsoft'],
    ],
    floats: { s: [[4]], b: [[4]] },
  },
  ReduceSum: { shape: [2, 3, 4], nodes: [['ReduceSum', ['x', 'a'], { keepdims: 0 }]], ints: { a: [-1] } },
  ReduceMean: { shape: [2, 3, 4], nodes: [['ReduceMean', ['x'], { axes: [1, 2] }]] },
  ReduceMax: { shape: [2, 3, 4], nodes: [['ReduceMax', ['x'], { axes: [2], keepdims: 0 }]] },
  ReduceMin: { shape: [2, 3, 4], nodes: [['ReduceMin', ['x'], { axes: [1] }]] },
  ReduceL1: { shape: [2, 5], nodes: [['ReduceL1', ['x'], { axes: [1] }]] },
  ReduceL2: { shape: [2, 5], nodes: [['ReduceL2', ['x'], { axes: [1] }]] },
  ReduceSumSquare: { shape: [2, 5], nodes: [['ReduceSumSquare', ['x'], { axes: [1] }]] },
  ReduceLogSumExp: { shape: [2, 5], nodes: [['ReduceLogSumExp', ['x'], { axes: [1], keepdims: 0 }]] },
  ReduceProd: { shape: [2, 3], low: 0.5, high: 2, nodes: [['ReduceProd', ['x'], { axes: [1] }]] },
  Reshape: {
    shape: [2, 3, 4],
    nodes: [
      ['Reshape', ['x', 's']],
      ['Mul', ['y0', 'y0']],
    ],
    ints: { s: [0, -1] },
  },
  'Flatten, Squeeze, Unsqueeze': {
    shape: [2, 1, 4],
    nodes: [
      ['Squeeze', ['x', 'a']],
      ['Unsqueeze', ['y0', 'b']],
      ['Flatten', ['y1']],
      ['Exp', ['y2']],
    ],
    ints: { a: [1], b: [2] },
  },
  'Squeeze of old': {
    shape: [2, 1, 4],
    opset: 11,
    nodes: [
      ['Squeeze', ['x'], { axes: [1] }],
      ['Exp', ['y0']],
    ],
  },
  Transpose: {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [0, 2, 1] }],
      ['Exp', ['y0']],
    ],
  },
  Concat: {
    shape: [2, 3],
    nodes: [
      ['Exp', ['x']],
      ['Concat', ['x', 'y0', 'x'], { axis: 1 }],
    ],
  },
  Split: {
    shape: [2, 5],
    nodes: [
      ['Split', ['x', 's'], { axis: 1 }],
      ['Exp', ['y0:1']],
    ],
    ints: { s: [2, 3] },
  },
  Slice: { shape: [2, 6], nodes: [['Slice', ['x', 'f', 't', 'a']]], ints: { f: [1], t: [-1], a: [1] } },
  'Slice in steps, backwards': {
    shape: [2, 6],
    nodes: [['Slice', ['x', 'f', 't', 'a', 's']]],
    ints: { f: [5], t: [0], a: [1], s: [-2] },
  },
  'Slice of old': { shape: [2, 6], opset: 9, nodes: [['Slice', ['x'], { starts: [2], ends: [2 ** 62], axes: [1] }]] },
  Gather: { shape: [2, 4], nodes: [['Gather', ['x', 'i'], { axis: 1 }]], ints: { i: [3, 0, -1] } },
  GatherElements: {
    shape: [2, 3],
    nodes: [
      ['Shape', ['x']],
      ['Expand', ['i', 'y0']],
      ['GatherElements', ['x', 'y1'], { axis: 1 }],
    ],
    ints: { i: [2, 2, 0] },
  },
  Expand: { shape: [2, 1, 3], nodes: [['Expand', ['x', 's']]], ints: { s: [1, 4, 3] } },
  Tile: { shape: [2, 3], nodes: [['Tile', ['x', 's']]], ints: { s: [1, 2] } },
  Pad: { shape: [2, 3], nodes: [['Pad', ['x', 'p']]], ints: { p: [0, 1, 0, 2] } },
  'Pad that cuts': { shape: [2, 5], nodes: [['Pad', ['x', 'p']]], ints: { p: [0, -1, 0, 2] } },
  'Pad, reflected': { shape: [2, 4], nodes: [['Pad', ['x', 'p'], { mode: 'reflect' }]], ints: { p: [0, 2, 0, 1] } },
  'Pad of old': { shape: [2, 4], opset: 10, nodes: [['Pad', ['x'], { pads: [0, 1, 0, 1] }]] },
  DepthToSpace: { shape: image(8, 2, 2), nodes: [['DepthToSpace', ['x'], { blocksize: 2 }]] },
  'DepthToSpace by columns': { shape: image(4, 2, 2), nodes: [['DepthToSpace', ['x'], { blocksize: 2, mode: 'CRD' }]] },
  SpaceToDepth: { shape: image(1, 4, 4), nodes: [['SpaceToDepth', ['x'], { blocksize: 2 }]] },
  TopK: {
    shape: [2, 6],
    nodes: [
      ['TopK', ['x', 'k']],
      ['Exp', ['y0']],
    ],
    ints: { k: [2] },
  },
  'Resize, nearest': {
    shape: image(1, 3, 3),
    nodes: [['Resize', ['x', '', 's'], { mode: 'nearest' }]],
    floats: { s: [[4], [1, 1, 2, 1.5]] },
  },
  'Resize, linear': {
    shape: image(2, 3, 4),
    nodes: [['Resize', ['x', '', 's'], { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }]],
    floats: { s: [[4], [1, 1, 1.7, 1.8]] },
  },
  'Resize, linear, smaller, corners': {
    shape: image(1, 5, 5),
    nodes: [['Resize', ['x', '', 's'], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }]],
    floats: { s: [[4], [1, 1, 0.6, 0.6]] },
  },
  'Resize, cubic': {
    shape: image(1, 4, 4),
    nodes: [['Resize', ['x', '', 's'], { mode: 'cubic' }]],
    floats: { s: [[4], [1, 1, 2, 2]] },
  },
  Upsample: { shape: image(1, 2, 2), opset: 9, nodes: [['Upsample', ['x', 's']]], floats: { s: [[4], [1, 1, 2, 2]] } },
  'Trilu, lower': { shape: [2, 3, 3], nodes: [['Trilu', ['x'], { upper: 0 }]] },
  LSTM: {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [1, 0, 2] }],
      ['LSTM', ['y0', 'w', 'r', 'b'], { hidden_size: 3, direction: 'bidirectional' }],
      ['Transpose', ['y1'], { perm: [2, 0, 1, 3] }],
    ],
    floats: { w: [[2, 12, 4]], r: [[2, 12, 3]], b: [[2, 24]] },
  },
  'GRU, backwards': {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [1, 0, 2] }],
      ['GRU', ['y0', 'w', 'r', 'b'], { hidden_size: 3, direction: 'reverse', linear_before_reset: 1 }],
      ['Transpose', ['y1'], { perm: [2, 0, 1, 3] }],
    ],
    floats: { w: [[1, 9, 4]], r: [[1, 9, 3]], b: [[1, 18]] },
  },
  'GRU without a bias': {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [1, 0, 2] }],
      ['GRU', ['y0', 'w', 'r'], { hidden_size: 3 }],
      ['Transpose', ['y1'], { perm: [2, 0, 1, 3] }],
    ],
    floats: { w: [[1, 9, 4]], r: [[1, 9, 3]] },
  },
  RNN: {
    shape: [2, 3, 4],
    nodes: [
      ['Transpose', ['x'], { perm: [1, 0, 2] }],
      ['RNN', ['y0', 'w', 'r', 'b'], { hidden_size: 3 }],
      ['Transpose', ['y1'], { perm: [2, 0, 1, 3] }],
    ],
    floats: { w: [[1, 3, 4]], r: [[1, 3, 3]], b: [[1, 6]] },
  },
  'Attention of the runtime': {
    shape: [2, 3, 4],
    nodes: [['Attention', ['x', 'w', 'b'], { num_heads: 2 }, 'com.microsoft']],
    floats: { w: [[4, 12]], b: [[12]] },
  },
};

function close(a: readonly number[], b: readonly number[]): number {
  const scale = Math.max(1e-3, ...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / scale;
}

it.each(Object.entries(CASES))('%s', async (name, small) => {
  const isSharp = /Pool|Max|Min|TopK/.test(name);
  const { gradient, differences } = await compare(small, 'x', isSharp ? 1e-3 : 1e-2);
  expect(gradient).toHaveLength(differences.length);
  expect(close(gradient, differences)).toBeLessThan(2e-2);
});

const BY_WEIGHT: Readonly<Record<string, readonly [weight: string, small: Small]>> = {
  'Add, broadcast': ['b', CASES['Add, broadcast']!],
  'Mul, the input broadcast': ['b', CASES['Mul, the input broadcast']!],
  MatMul: ['w', CASES['MatMul']!],
  'MatMul, stacked': ['w', CASES['MatMul, stacked']!],
  Gemm: ['w', CASES['Gemm']!],
  'Gemm, its bias': ['c', CASES['Gemm']!],
  Conv: ['w', CASES['Conv']!],
  'Conv, its bias': ['b', CASES['Conv']!],
  'Conv, strides, uneven pads': ['w', CASES['Conv, strides, uneven pads']!],
  'Conv, dilated, in groups': ['w', CASES['Conv, dilated, in groups']!],
  'Conv of one dimension': ['w', CASES['Conv of one dimension']!],
  ConvTranspose: ['w', CASES['ConvTranspose']!],
  'ConvTranspose in groups': ['w', CASES['ConvTranspose in groups']!],
  PRelu: ['s', CASES['PRelu']!],
  BatchNormalization: ['s', CASES['BatchNormalization']!],
  LayerNormalization: ['s', CASES['LayerNormalization']!],
  LSTM: ['r', CASES['LSTM']!],
  'Attention of the runtime': ['w', CASES['Attention of the runtime']!],
};

it.each(Object.entries(BY_WEIGHT))('by a weight: %s', async (_name, [weight, small]) => {
  const { gradient, differences } = await compare(small, weight);
  expect(gradient).toHaveLength(differences.length);
  expect(close(gradient, differences)).toBeLessThan(2e-2);
});
