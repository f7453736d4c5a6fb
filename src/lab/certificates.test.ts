// Proofs are held against what they are about: no point of a box may do worse than its bound, and of linear models the bound is exact.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { type Model, Builder, FLOAT, encodeModel } from '../onnx/index.ts';
import { type CertifyOptions, certifyByIntervals, certifyBySmoothing } from './certificates.ts';
import type { Samples } from './data/samples.ts';
import { Stream } from './evasion/stream.ts';
import { denseNet, imageNet } from './nets.ts';
import { openOnnxTarget } from './targets/onnx.ts';

const stream = new Stream(5);
const draw = (count: number, low = -1, high = 1): Float32Array =>
  Float32Array.from({ length: count }, () => low + (high - low) * stream.next());
const random = (): number => stream.next();

async function open(model: Model, shape: readonly number[]) {
  const file = join(tempFolder(), 'm.onnx');
  writeFileSync(file, encodeModel(model));
  return openOnnxTarget(file, {
    shape,
    example: draw(
      shape.reduce((a, b) => a * b, 1),
      0,
      1,
    ),
    gradients: false,
  });
}

/** One of nearly everything that has a rule. */
function mixed(): Model {
  const build = new Builder('m');
  const conv = build.op(
    'Conv',
    [
      'x',
      build.floats(
        draw(8 * 2 * 9),
        [8, 1, 3, 3].map((d, i) => (i === 1 ? 2 : d)),
      ),
      build.floats(draw(8), [8]),
    ],
    { pads: [1, 1, 1, 1] },
  );
  const normal = build.op('BatchNormalization', [
    conv,
    ...[draw(8), draw(8), draw(8), draw(8, 0.5, 2)].map((v) => build.floats(v, [8])),
  ]);
  const bent = build.op('LeakyRelu', [normal], { alpha: { float: 0.1 } });
  const pooled = build.op(
    'Concat',
    [
      build.op('MaxPool', [bent], { kernel_shape: [2, 2], strides: [2, 2] }),
      build.op('AveragePool', [bent], { kernel_shape: [2, 2], strides: [2, 2] }),
    ],
    { axis: 1 },
  );
  const gated = build.mul(
    build.op('Sigmoid', [pooled]),
    build.op('Tanh', [build.sub(build.scalar(0.3), build.neg(pooled))]),
  );
  const moved = build.transpose(build.div(build.add2(gated, pooled), build.scalar(-2)), [0, 2, 3, 1]);
  const flat = build.op('Flatten', [build.op('Clip', [moved, build.scalar(-1), build.scalar(1)])]);
  const summed = build.op('MatMul', [flat, build.floats(draw(64 * 5), [64, 5])]);
  build.add(
    'Gemm',
    [build.op('Relu', [summed]), build.floats(draw(15), [3, 5]), build.floats(draw(3), [3])],
    ['logits'],
    { transB: 1 },
  );
  return {
    irVersion: 8,
    opsets: new Map([['', 17]]),
    functions: [],
    graph: {
      name: 'mixed',
      nodes: build.nodes,
      inputs: [{ name: 'x', type: FLOAT, shape: ['n', 2, 4, 4] }],
      outputs: [{ name: 'logits', type: FLOAT, shape: ['n', 3] }],
      initializers: build.initializers,
    },
  };
}

it.each([
  ['dense layers', denseNet(6, [9, 7], { classes: 3, random }), [6]],
  ['one logit', denseNet(6, [9], { classes: 1, random }), [6]],
  ['convolutions', imageNet([1, 8, 8], { classes: 3, random, widths: [3, 4, 6] }), [1, 8, 8]],
  ['one of everything', mixed(), [2, 4, 4]],
] as const)('bounds the margin from below, wherever in the box: %s', async (_, model, shape) => {
  const target = await open(model, shape);
  const margins = await target.openMargins!();
  const size = shape.reduce((a: number, b) => a * b, 1);
  const count = 5;
  const { classes } = target;
  const middle = draw(count * size, 0, 1);
  const labels = Int32Array.from({ length: count }, (_each, i) => i % classes);
  const marginOf = (scores: Float32Array, i: number): number => {
    const row = [...scores.subarray(i * classes, (i + 1) * classes)];
    return row[labels[i]!]! - Math.max(...row.filter((__, k) => k !== labels[i]));
  };
  for (const eps of [0, 0.01, 0.2]) {
    const bound = await margins(
      middle.map((v) => v - eps),
      middle.map((v) => v + eps),
      labels,
    );
    let least = Infinity;
    for (let round = 0; round < 60; round++) {
      // Corners of the box are where it is worst most often.
      const data = middle.map((v) => v + eps * (round % 2 === 0 ? stream.sign() : 2 * stream.next() - 1));
      const scores = await target.scores({ data, count });
      for (let i = 0; i < count; i++) {
        expect(marginOf(scores, i)).toBeGreaterThanOrEqual(bound[i]! - 1e-4);
        least = Math.min(least, marginOf(scores, i) - bound[i]!);
      }
    }
    // Without a box it is the margin itself.
    if (eps === 0) expect(least).toBeLessThan(1e-4);
  }
});

const SIZE = 4;
const weights = [
  [1, -2, 0.5, 1],
  [-1, 1, 1, 0.5],
];
const rows = Array.from({ length: 40 }, () => [...draw(SIZE, 0, 1)]);
const z = (row: readonly number[], k: number): number =>
  row.reduce((sum, value, j) => sum + value * weights[k]![j]!, 0);
const labels = rows.map((row) => (z(row, 1) > z(row, 0) ? 1 : 0));
const difference = weights[0]!.map((w, j) => w - weights[1]![j]!);
const samples: Samples = {
  ...{ path: 'd.npz', digest: '0'.repeat(64), count: rows.length, shape: [SIZE], x: Float32Array.from(rows.flat()) },
  labels: Int32Array.from(labels),
};
const linear = (): Model => {
  const net = denseNet(SIZE, [], { classes: 2, random });
  const build = new Builder('w');
  const flat = Array.from({ length: SIZE }, (_, j) => [weights[0]![j]!, weights[1]![j]!]).flat();
  build.floats(flat, [SIZE, 2]);
  const [w] = build.initializers;
  const initializers = net.graph.initializers.map((each) => (each.name === 'w1' ? { ...w!, name: 'w1' } : each));
  return { ...net, graph: { ...net.graph, initializers } };
};
const options: CertifyOptions = {
  ...{ eps: [0.05, 0.2], seed: 3, batch: 16, signal: new AbortController().signal, samples: rows.length, copies: 500 },
  space: () => ({ low: -9, high: 9 }),
};

it('is exact where the model is linear', async () => {
  const target = await open(linear(), [SIZE]);
  const { curve } = await certifyByIntervals(target, samples, options);
  const size = difference.reduce((sum, each) => sum + Math.abs(each), 0);
  for (const { radius, certifiedAccuracy } of curve) {
    const exact = rows.filter((row) => Math.abs(z(row, 0) - z(row, 1)) / size > radius).length / rows.length;
    expect(exact).toBeGreaterThan(0.1);
    expect(certifiedAccuracy).toBeCloseTo(exact, 6);
  }
  const fixed = await certifyByIntervals(target, samples, {
    ...options,
    space: () => ({ low: -9, high: 9, mutable: new Uint8Array(SIZE) }),
  });
  expect(fixed.curve.map(({ certifiedAccuracy }) => certifiedAccuracy)).toEqual([1, 1]);
});

it('certifies by noise no farther than the boundary is', async () => {
  const target = await open(linear(), [SIZE]);
  const found = await certifyBySmoothing(target, samples, { ...options, sigma: 0.25 });
  const size = Math.hypot(...difference);
  expect(found.queries).toBe(rows.length * (100 + 500));
  for (const { radius, certifiedAccuracy } of found.curve) {
    // Of a linear model the smoothed boundary is its own.
    const exact = rows.filter((row) => Math.abs(z(row, 0) - z(row, 1)) / size >= radius).length / rows.length;
    expect(certifiedAccuracy).toBeLessThanOrEqual(exact + 1e-9);
  }
  expect(found.curve[0]!.certifiedAccuracy).toBeGreaterThan(0.3);
});

it('names the operator that it has no bounds of, and stops when it is told to', async () => {
  const net = denseNet(SIZE, [], { classes: 2, random });
  const build = new Builder('s');
  build.add('Sin', ['logits'], ['out']);
  const wavy = {
    ...net,
    graph: { ...net.graph, nodes: [...net.graph.nodes, ...build.nodes], outputs: [{ name: 'out', type: FLOAT }] },
  };
  await expect(certifyByIntervals(await open(wavy, [SIZE]), samples, options)).rejects.toMatchObject({
    code: 'model_invalid',
    message: expect.stringMatching(/no interval through .*\(Sin\)/) as string,
  });
  const target = await open(linear(), [SIZE]);
  const stopped = { ...options, signal: AbortSignal.abort() };
  await expect(certifyByIntervals(target, samples, stopped)).rejects.toMatchObject({ name: 'AbortError' });
  const { openMargins: _, ...asked } = target;
  await expect(certifyByIntervals(asked, samples, options)).rejects.toMatchObject({ code: 'usage' });
});
