// What cannot be differentiated is refused by name; ties, functions, quantised models, and training on the same graph.
import { expect, it } from 'vitest';
import { graphAttribute } from '../../test/harness/onnx-bytes.ts';
import { Builder } from './builder.ts';
import { decodeModel } from './decode.ts';
import { encodeModel } from './encode.ts';
import { type Attribute, type Model, type Tensor } from './model.ts';
import { adam, sgd } from './optimiser.ts';
import { type Small, compare, numbers, smallModel } from './testing/graph.ts';
import { openTrainer } from './train.ts';
import { inlineFunctions } from './inline.ts';
import { openSession } from './session.ts';

const refusal = async (small: Small): Promise<string> =>
  compare(small).then(
    () => 'no refusal',
    (thrown: unknown) => (thrown as Error).message,
  );

it('names the operator that has no rule, and offers what needs none', async () => {
  const det: Small = {
    shape: [2, 4],
    nodes: [
      ['Reshape', ['x', 's']],
      ['Det', ['y0']],
    ],
    ints: { s: [-1, 2, 2] },
  };
  expect(await refusal(det)).toBe('no gradient through n1 (Det): there is no rule for it');
  await expect(compare(det)).rejects.toMatchObject({
    code: 'model_invalid',
    at: 'n1',
    hint: expect.stringContaining('square') as string,
  });
});

it('takes the branch of what is always so, and refuses what would be silently wrong', async () => {
  // If (...) then x * x else x + x: the branches use x from outside and have no input of their own.
  const branch = (name: string, op: string): readonly [string, Attribute] => {
    const build = new Builder('if');
    build.add(op, ['x', 'x'], ['branch']);
    const outputs = [{ name: 'branch', type: 1, shape: ['n', 3] }];
    return [name, graphAttribute(name, { name, nodes: build.nodes, inputs: [], outputs, initializers: [] })];
  };
  const branches = new Map([branch('then_branch', 'Mul'), branch('else_branch', 'Add')]);
  /** The branch by a condition, and something beside it. */
  const small = (condition: string, before: Small['nodes'] = [], tensors: Tensor[] = []): Small => ({
    shape: [2, 3],
    nodes: [...before, ['If', [condition]], ['Relu', ['x']], ['Add', [`y${before.length}`, `y${before.length + 1}`]]],
    ints: { three: [3], second: [1] },
    floats: { zero: [[], [0]] },
    tensors,
    more: (nodes) => nodes.map((node) => (node.op === 'If' ? { ...node, attributes: branches } : node)),
  });
  const truth = (value: number): Tensor => ({ name: 'always', type: 9, dims: [], bytes: Uint8Array.of(value) });
  await compare(small('always', [], [truth(1)]));
  await compare(small('always', [], [truth(0)]));
  const byShape: Small['nodes'] = [
    ['Shape', ['x']],
    ['Gather', ['y0', 'second']],
    ['Equal', ['y1', 'three']],
  ];
  await compare(small('y2', byShape));
  const byData: Small['nodes'] = [
    ['ReduceSum', ['x'], { keepdims: 0 }],
    ['Greater', ['y0', 'zero']],
  ];
  expect(await refusal(small('y1', byData))).toContain('no gradient through n2 (If)');
});

it('gives the gradient of a window with ties to one of its numbers alone', async () => {
  for (const strides of [
    [2, 2],
    [1, 1],
  ]) {
    const { gradient } = await compare({
      shape: [1, 1, 4, 4],
      nodes: [
        ['Mul', ['x', 'zero']],
        ['Add', ['x', 'y0']],
        ['Relu', ['y1']],
        ['MaxPool', ['y2'], { kernel_shape: [2, 2], strides }],
      ],
      // All below nothing: every window is full of zeros, and the slope of each of them is none.
      low: -2,
      high: -1,
      floats: { zero: [[1], [0]] },
    });
    expect(gradient.every((value) => value === 0)).toBe(true);
    const even = await compare({
      shape: [1, 1, 4, 4],
      nodes: [
        ['Mul', ['x', 'zero']],
        ['MaxPool', ['y0'], { kernel_shape: [2, 2], strides }],
        ['Add', ['y1', 'y1']],
      ],
      floats: { zero: [[1], [0]] },
    });
    expect(even.gradient.every((value) => value === 0)).toBe(true);
  }
  const tied = await compare({
    shape: [1, 1, 2, 2],
    nodes: [
      ['Clip', ['x', 'low', 'high']],
      ['Sub', ['x', 'y0']],
      ['Floor', ['y1']],
      ['MaxPool', ['y2'], { kernel_shape: [2, 2] }],
    ],
    floats: { low: [[], [-1]], high: [[], [1]] },
  });
  expect(tied.gradient.filter((value) => value !== 0).length).toBeLessThanOrEqual(1);
});

it('passes straight through what is quantised, and not where it is cut off', async () => {
  const byte = (name: string, value: number): Tensor => ({ name, type: 2, dims: [], bytes: Uint8Array.of(value) });
  const { gradient, differences } = await compare(
    {
      shape: [2, 6],
      low: -2,
      high: 2,
      nodes: [
        ['QuantizeLinear', ['x', 'scale', 'zero']],
        ['DequantizeLinear', ['y0', 'scale', 'zero']],
      ],
      floats: { scale: [[], [0.01]] },
      tensors: [byte('zero', 128)],
    },
    'x',
    0.2,
  );
  // From -1.28 to 1.27 it is nearly the identity; over wide steps, differences see the same slope.
  gradient.forEach((value, i) => {
    if (Math.abs(differences[i]!) > 0.9 || differences[i] === 0) expect(value).toBeCloseTo(differences[i]!, 1);
  });
  expect(gradient.some((value) => value === 0)).toBe(true);
});

it('puts functions of the file in where they are used', async () => {
  const body = new Builder('f');
  body.add('Mul', ['a', 'a'], ['square']);
  body.add('Add', ['square', 'a'], ['out']);
  const base = smallModel({
    shape: [2, 3],
    nodes: [
      ['Twice', ['x'], {}, 'own'],
      ['Twice', ['y0'], {}, 'own'],
    ],
  });
  const functions = [
    {
      name: 'Twice',
      domain: 'own',
      inputs: ['a'],
      outputs: ['out'],
      attributes: [],
      defaults: new Map(),
      nodes: body.nodes,
    },
  ];
  const inlined = inlineFunctions({ ...base, functions });
  expect(inlined.graph.nodes.map(({ op }) => op)).toEqual(['Mul', 'Add', 'Mul', 'Add']);
  const session = await openSession(encodeModel(inlined));
  const { y1 } = await session.run({ x: { type: 'float32', data: Float32Array.of(1, 2, 3), dims: [1, 3] } }, ['y1']);
  expect([...(y1!.data as Float32Array)]).toEqual([6, 42, 156]);
  const endless = [{ ...functions[0]!, nodes: [{ ...body.nodes[0]!, op: 'Twice', domain: 'own', inputs: ['a'] }] }];
  expect(() => inlineFunctions({ ...base, functions: endless })).toThrow('too deep');
});

it.each([
  ['sgd', () => sgd({ rate: 0.2 })],
  ['adam', () => adam({ rate: 0.05 })],
])('trains a network with %s until it knows exclusive or', async (_name, optimiser) => {
  // Exclusive or: no line does it.
  const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
  const labels = Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0);
  const model: Model = smallModel({
    shape: [4, 2],
    nodes: [
      ['Gemm', ['x', 'w1', 'b1']],
      ['Tanh', ['y0']],
      ['Gemm', ['y1', 'w2', 'b2']],
    ],
    floats: { w1: [[2, 8], numbers(16, 4)], b1: [[8]], w2: [[8, 2]], b2: [[2]] },
  });
  const trainer = await openTrainer({
    model: decodeModel(encodeModel(model)),
    input: 'x',
    logits: 'y2',
    classes: 2,
    shape: [2],
    optimiser: optimiser(),
  });
  const before = await trainer.step(x, labels);
  for (let i = 0; i < 300; i++) await trainer.step(x, labels);
  expect(await trainer.step(x, labels)).toBeLessThan(before / 20);
  const session = await openSession(encodeModel(trainer.trained()));
  const { y2 } = await session.run({ x: { type: 'float32', data: x, dims: [4, 2] } }, ['y2']);
  const scores = [...(y2!.data as Float32Array)];
  expect([0, 1, 2, 3].map((i) => Number(scores[i * 2 + 1]! > scores[i * 2]!))).toEqual([0, 1, 1, 0]);
});
