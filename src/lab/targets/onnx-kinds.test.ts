// Classifiers as people export them, of every kind: each is the same linear model, whose robust accuracy has a formula.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/harness/cleanup.ts';
import type { Scorecard } from '../../contract/index.ts';
import { Builder, FLOAT, type Model, type Node, encodeModel } from '../../onnx/index.ts';
import { floatToHalf } from '../testing/half.ts';
import { boundsOf } from '../bounds.ts';
import { loadSamples } from '../data/samples.ts';
import { renderZip } from '../data/zip.ts';
import { ATTACKS } from '../evasion/attacks.ts';
import { Stream } from '../evasion/stream.ts';
import { planAttacks } from '../plan.ts';
import { runAttacks } from '../run.ts';
import { toScorecard } from '../scorecard.ts';
import { openOnnxTarget } from './onnx.ts';

const COUNT = 60;
const EPS = 0.04;
const stream = new Stream(11);
const draw = (count: number, low: number, high: number): Float32Array =>
  Float32Array.from({ length: count }, () => low + (high - low) * stream.next());
/** Four numbers into three classes, or by its own weights into two; of the second class the logit alone. */
const W = draw(12, -4, 4);
const V = draw(4, -4, 4);
const X = draw(COUNT * 4, 0.3, 0.7);
const logit = (row: number, weights: Float32Array, k: number, classes: number): number =>
  [0, 1, 2, 3].reduce((sum, j) => sum + (X[row * 4 + j]! - 0.5) * weights[j * classes + k]!, 0);
const rows = [...Array(COUNT).keys()];
const logits = rows.map((row) => [0, 1, 2].map((k) => logit(row, W, k, 3)));
const Y3 = Int32Array.from(logits, (z) => z.indexOf(Math.max(...z)));
const Y2 = Int32Array.from(rows, (row) => (logit(row, V, 0, 1) > 0 ? 1 : 0));
const spread = (weights: (j: number) => number): number =>
  [0, 1, 2, 3].reduce((sum, j) => sum + Math.abs(weights(j)), 0);
/** How far each is from the boundary, by the greatest change of a number; no bound of the data is near. */
const margins3 = rows.map((row) => {
  const y = Y3[row]!;
  const others = [0, 1, 2].filter((k) => k !== y);
  return Math.min(
    ...others.map((k) => (logits[row]![y]! - logits[row]![k]!) / spread((j) => W[j * 3 + y]! - W[j * 3 + k]!)),
  );
});
const margins2 = rows.map((row) => Math.abs(logit(row, V, 0, 1)) / spread((j) => V[j]!));
const robust = (margins: readonly number[]): number => margins.filter((margin) => margin > EPS).length / COUNT;
/** Samples so near to the edge of the ball that rounding decides. */
const doubtful = (margins: readonly number[]): number =>
  margins.filter((m) => Math.abs(m / EPS - 1) < 0.01).length / COUNT;

interface Array_ {
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
}

function npy({ type, data, shape }: Array_): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const length = Math.ceil((11 + text.length) / 64) * 64 - 10;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text.padEnd(length - 1)}\n`, 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

const x4: Array_ = { type: '<f4', data: X, shape: [COUNT, 4] };
const image: Array_ = { type: '<f4', data: X, shape: [COUNT, 1, 2, 2] };
const y3: Array_ = { type: '<i4', data: Y3, shape: [COUNT] };
const y2: Array_ = { type: '<i4', data: Y2, shape: [COUNT] };

interface Kind {
  readonly model: Model;
  readonly x?: Array_;
  readonly y?: Array_;
  readonly names?: readonly [string, string];
  readonly two?: boolean;
  readonly eps?: number;
  readonly gives?: string;
  readonly output?: string;
}

interface Built {
  readonly add: (build: Builder) => void;
  readonly shape?: readonly (number | string)[];
  readonly type?: number;
  readonly outputs?: Model['graph']['outputs'];
  readonly opset?: number;
  readonly irVersion?: number;
  readonly domains?: readonly (readonly [string, number])[];
}

function model({
  add,
  shape = ['n', 4],
  type = FLOAT,
  outputs,
  opset = 13,
  irVersion = 8,
  domains = [],
}: Built): Model {
  const build = new Builder('k');
  add(build);
  return {
    irVersion,
    opsets: new Map([['', opset], ...domains]),
    functions: [],
    graph: {
      name: 'kind',
      nodes: build.nodes,
      inputs: [{ name: 'input', type, shape }],
      outputs: outputs ?? [{ name: 'out', type: FLOAT, shape: ['n', 3] }],
      initializers: build.initializers,
    },
  };
}

/** (x - 0.5) by the weights, with nothing but what all sets have. */
function three(build: Builder, value = 'input', to?: string): string {
  const flat = build.op('Flatten', [value]);
  const bias = [0, 1, 2].map((k) => -0.5 * [0, 1, 2, 3].reduce((sum, j) => sum + W[j * 3 + k]!, 0));
  const inputs = [flat, build.floats(W, [4, 3]), build.floats(bias, [3])];
  if (to === undefined) return build.op('Gemm', inputs);
  build.add('Gemm', inputs, [to]);
  return to;
}

function one(build: Builder): string {
  const bias = -0.5 * V.reduce((sum, v) => sum + v, 0);
  return build.op('Gemm', ['input', build.floats(V, [4, 1]), build.floats([bias], [1])]);
}

const plain = (more: Partial<Built> = {}): Model => model({ add: (b) => void three(b, 'input', 'out'), ...more });
const onTop = (op: string, attributes = {}): Model =>
  model({ add: (b) => b.add(op, [three(b)], ['out'], attributes), opset: 13 });

/** All floats in half precision. */
function halved({ graph, ...rest }: Model): Model {
  const info = (each: Model['graph']['inputs'][number]) => ({ ...each, type: 10 });
  return {
    ...rest,
    graph: {
      ...graph,
      inputs: graph.inputs.map(info),
      outputs: graph.outputs.map(info),
      initializers: graph.initializers.map(({ name, dims, bytes }) => ({
        ...{ name, dims, type: 10 },
        bytes: new Uint8Array(Uint16Array.from(new Float32Array(bytes.slice().buffer), floatToHalf).buffer),
      })),
    },
  };
}

/** As scikit-learn's converter writes a logistic regression: labels, and probabilities that a map may be made of. */
function scikit(map: boolean): Model {
  const node = (op: string, inputs: string[], outputs: string[], attributes: Node['attributes']): Node => ({
    ...{ name: op, op, domain: 'ai.onnx.ml', inputs, outputs, attributes },
  });
  const classes = { kind: 'ints', value: [0, 1, 2] } as const;
  const coefficients = [0, 1, 2].flatMap((k) => [0, 1, 2, 3].map((j) => W[j * 3 + k]!));
  const built = model({ add: () => undefined, opset: 15, domains: [['ai.onnx.ml', 1]] });
  const nodes = [
    node(
      'Scaler',
      ['input'],
      ['scaled'],
      new Map([
        ['offset', { kind: 'floats', value: [0.5, 0.5, 0.5, 0.5] }],
        ['scale', { kind: 'floats', value: [1, 1, 1, 1] }],
      ]),
    ),
    node(
      'LinearClassifier',
      ['scaled'],
      ['label', 'raw'],
      new Map<string, Node['attributes'] extends ReadonlyMap<string, infer A> ? A : never>([
        ['classlabels_ints', classes],
        ['coefficients', { kind: 'floats', value: coefficients }],
        ['intercepts', { kind: 'floats', value: [0, 0, 0] }],
        ['multi_class', { kind: 'int', value: 1 }],
        ['post_transform', { kind: 'string', value: 'LOGISTIC' }],
      ]),
    ),
    node('Normalizer', ['raw'], ['probabilities'], new Map([['norm', { kind: 'string', value: 'L1' }]])),
    ...(map ? [node('ZipMap', ['probabilities'], ['map'], new Map([['classlabels_int64s', classes]]))] : []),
  ];
  // A sequence of maps from whole numbers to floats, as a value's type is written.
  const mapInfo = Buffer.concat([
    Buffer.from([0x0a, 3]),
    Buffer.from('map'),
    Buffer.from('120e220c0a0a2a0808071204', 'hex'),
    Buffer.from('0a020801', 'hex'),
  ]);
  return {
    ...built,
    graph: {
      ...built.graph,
      nodes,
      outputs: [
        { name: 'label', type: 7, shape: ['n'] },
        map
          ? { name: 'map', written: new Uint8Array(mapInfo) }
          : { name: 'probabilities', type: FLOAT, shape: ['n', 3] },
      ],
    },
  };
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries([7, 9, 11, 15, 17, 19, 21].map((opset) => [`set ${opset}`, { model: plain({ opset }) }])),
  'a file of a newer writer': { model: plain({ irVersion: 10, opset: 18 }) },
  images: { model: plain({ shape: ['n', 1, 2, 2] }), x: image },
  'flat rows for a model of images': { model: plain({ shape: ['n', 1, 2, 2] }) },
  softmax: { model: onTop('Softmax', { axis: 1 }), gives: 'probabilities' },
  'logarithms of shares': { model: onTop('LogSoftmax', { axis: 1 }) },
  'shares written out by hand': {
    model: model({
      add: (b) => {
        const e = b.op('Exp', [three(b)]);
        b.add('Div', [e, b.sum(e, [1], true)], ['out']);
      },
    }),
    gives: 'probabilities',
  },
  'maps of one pixel': {
    model: model({
      shape: ['n', 1, 2, 2],
      add: (b) => {
        const w = [0, 1, 2].flatMap((k) => [0, 1, 2, 3].map((j) => W[j * 3 + k]!));
        const bias = [0, 1, 2].map((k) => -0.5 * w.slice(k * 4, k * 4 + 4).reduce((a, c) => a + c));
        b.add('Conv', ['input', b.floats(w, [3, 1, 2, 2]), b.floats(bias, [3])], ['out']);
      },
      outputs: [{ name: 'out', type: FLOAT, shape: ['n', 3, 1, 1] }],
    }),
    x: image,
  },
  'one logit': { model: model({ add: (b) => b.add('Identity', [one(b)], ['out']) }), two: true, gives: 'logits' },
  'one share': { model: model({ add: (b) => b.add('Sigmoid', [one(b)], ['out']) }), two: true, gives: 'probabilities' },
  'one share in no column': {
    model: model({
      add: (b) => b.add('Squeeze', [b.op('Sigmoid', [one(b)]), b.ints([1])], ['out']),
      outputs: [{ name: 'out', type: FLOAT, shape: ['n'] }],
    }),
    two: true,
    gives: 'probabilities',
  },
  'one share written out by hand': {
    model: model({
      add: (b) => b.add('Div', [b.scalar(1), b.add2(b.scalar(1), b.op('Exp', [b.neg(one(b))]))], ['out']),
    }),
    two: true,
    gives: 'probabilities',
  },
  'a batch of one': { model: plain({ shape: [1, 4] }) },
  'a batch of seven': { model: plain({ shape: [7, 4] }) },
  'a batch with a name that is one all the same': {
    model: model({ add: (b) => void three(b, b.reshape('input', [1, 4]), 'out') }),
  },
  'half precision': { model: halved(plain()) },
  'double precision': {
    model: model({ type: 11, add: (b) => void three(b, b.cast('input', FLOAT), 'out') }),
    x: { type: '<f8', data: Float64Array.from(X), shape: [COUNT, 4] },
  },
  'features before scores': {
    model: model({
      add: (b) => {
        const z = three(b, 'input', 'out');
        b.add('Concat', [z, z], ['features'], { axis: 1 });
      },
      outputs: ['features', 'out'].map((name) => ({ name, type: FLOAT })),
    }),
  },
  'an output that is named': {
    model: model({
      add: (b) => b.add('Neg', [three(b, 'input', 'good')], ['out']),
      outputs: ['out', 'good'].map((name) => ({ name, type: FLOAT })),
    }),
    output: 'good',
  },
  'channels last': {
    model: model({ shape: ['n', 2, 2, 1], add: (b) => void three(b, b.transpose('input', [0, 3, 1, 2]), 'out') }),
    x: { ...image, shape: [COUNT, 2, 2, 1] },
  },
  'bytes of images': {
    model: model({
      type: 2,
      shape: ['n', 1, 2, 2],
      add: (b) => void three(b, b.div(b.cast('input', FLOAT), b.scalar(255)), 'out'),
    }),
    x: { type: '|u1', data: Uint8Array.from(X, (v) => Math.round(v * 255)), shape: [COUNT, 1, 2, 2] },
    eps: 10,
  },
  'standardised columns': {
    model: model({ add: (b) => void three(b, b.add2(b.mul('input', b.scalar(0.1)), b.scalar(0.5)), 'out') }),
    x: { ...x4, data: X.map((v) => (v - 0.5) / 0.1) },
    eps: EPS / 0.1,
  },
  'labels in a column of 64 bits': {
    model: plain(),
    y: { type: '<i8', data: BigInt64Array.from(Y3, BigInt), shape: [COUNT, 1] },
  },
  'labels as floats': { model: plain(), y: { type: '<f4', data: Float32Array.from(Y3), shape: [COUNT] } },
  'labels one-hot': {
    model: plain(),
    y: {
      type: '<f8',
      data: Float64Array.from({ length: COUNT * 3 }, (_, i) => Number(Y3[Math.floor(i / 3)] === i % 3)),
      shape: [COUNT, 3],
    },
  },
  'arrays of other names': { model: plain(), names: ['X_test', 'y_test'] },
  'scikit-learn with a tensor': { model: scikit(false), gives: 'probabilities' },
  'scikit-learn with a map': { model: scikit(true), gives: 'probabilities' },
};

async function measure(kind: Kind, attacks: readonly string[]): Promise<Scorecard> {
  const folder = tempFolder();
  const [file, data] = [join(folder, 'm.onnx'), join(folder, 'd.npz')];
  const { two = false, x = x4, y = two ? y2 : y3, names = ['x', 'y'], eps = EPS } = kind;
  writeFileSync(file, encodeModel(kind.model));
  writeFileSync(
    data,
    Buffer.concat(
      renderZip([
        [`${names[0]}.npy`, npy(x)],
        [`${names[1]}.npy`, npy(y)],
      ]),
    ),
  );
  const samples = loadSamples(data);
  const bounds = boundsOf(samples);
  const target = await openOnnxTarget(file, {
    shape: samples.shape,
    example: samples.x,
    classes: two ? 2 : 3,
    ...(kind.output === undefined ? {} : { output: kind.output }),
  });
  const plans = planAttacks(ATTACKS, target, { names: attacks, norm: 'linf', steps: 40, queries: 100 });
  const options = {
    ...{ plans, norm: 'linf' as const, eps: [eps], seed: 1, batch: 32, space: () => bounds, budget: {} },
    signal: new AbortController().signal,
  };
  const outcome = await runAttacks(target, samples, options);
  return toScorecard({
    ...{ version: '0', time: new Date(0), target, model: { path: file }, samples, options, bounds: bounds.told },
    ...{ constrained: false, outcome },
  });
}

describe('a classifier of each kind loses what the formula says', () => {
  it.each(Object.entries(KINDS))('%s', async (name, kind) => {
    const card = await measure(kind, ['pgd', 'square']);
    const margins = kind.two === true ? margins2 : margins3;
    expect(card.data.cleanAccuracy).toBeGreaterThan(/bytes|half/.test(name) ? 0.95 : 0.999);
    expect(card.model.gives).toBe(kind.gives ?? 'logits');
    // Rounded values are other samples; bounds of the data cut moves short; and of three classes a loss may choose the one that is farther away.
    const exact = robust(margins);
    const rounded = /bytes|half/.test(name) ? 0.1 : 0;
    for (const attack of ['pgd', 'square']) {
      const left = card.robustAccuracy[attack]!;
      expect(left, attack).toBeGreaterThanOrEqual(exact - doubtful(margins) - rounded - 1e-6);
      expect(left, attack).toBeLessThanOrEqual(
        exact + doubtful(margins) + rounded + (name === 'standardised columns' ? 0.1 : 0.05),
      );
    }
    expect(card.attacks.every(({ rejected }) => Object.keys(rejected).length === 0)).toBe(true);
  });
});

it('has something to find', () => {
  for (const margins of [margins2, margins3]) {
    expect(robust(margins)).toBeGreaterThan(0.2);
    expect(robust(margins)).toBeLessThan(0.8);
    expect(doubtful(margins)).toBeLessThan(0.05);
  }
  expect(new Set(Y3).size).toBe(3);
});

it.each([
  [
    'maps of several pixels',
    model({ shape: ['n', 1, 2, 2], add: (b) => b.add('Concat', ['input', 'input', 'input'], ['out'], { axis: 1 }) }),
    /shape .* x 3 x 2 x 2/,
    'out',
  ],
  ['an operator that nobody knows', model({ add: (b) => b.add('Fancy', [three(b)], ['out']) }), /Fancy/, undefined],
  [
    'two inputs',
    {
      ...plain(),
      graph: { ...plain().graph, inputs: [...plain().graph.inputs, { name: 'mask', type: FLOAT, shape: ['n', 4] }] },
    },
    /2 inputs \(input, mask\)/,
    undefined,
  ],
] as const)('refuses what is no such classifier, naming the place: %s', async (_, wrong, message, at) => {
  const refusal = measure({ model: wrong, x: wrong.graph.inputs[0]!.shape!.length === 4 ? image : x4 }, ['square']);
  await expect(refusal).rejects.toMatchObject({
    code: 'model_invalid',
    message: expect.stringMatching(message) as string,
    ...(at === undefined ? {} : { at }),
  });
});
