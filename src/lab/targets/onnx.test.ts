// ONNX files as targets: scores as the file gives them, gradients of its logits, and files that can only be asked.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../test/harness/cleanup.ts';
import { type Model, Builder, encodeModel, floatTensor } from '../../onnx/index.ts';
import { denseNet } from '../nets.ts';
import { openOnnxTarget } from './onnx.ts';

function random(): () => number {
  let state = 7;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function save(model: Model): string {
  const file = join(tempFolder(), 'model.onnx');
  writeFileSync(file, encodeModel(model));
  return file;
}

/** The net with nodes on top of its logits. */
function topped(model: Model, add: (build: Builder) => void, dims: (number | string)[], type = 1): Model {
  const build = new Builder('top');
  add(build);
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...build.nodes],
      initializers: [...graph.initializers, ...build.initializers],
      outputs: [{ name: 'out', type, shape: dims }],
    },
  };
}

const net = denseNet(4, [8], { classes: 3, random: random() });
const x = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.9, 0.1, 0.5, 0.2);
const batch = { data: x, count: 2 };
const options = { shape: [4], example: x.subarray(0, 4) };
const softmax = (rows: Float32Array): number[] => {
  const out: number[] = [];
  for (let i = 0; i < rows.length; i += 3) {
    const row = [...rows.subarray(i, i + 3)].map(Math.exp);
    const sum = row.reduce((a, b) => a + b);
    out.push(...row.map((value) => value / sum));
  }
  return out;
};

it('gives what the file gives, and gradients of what is before the softmax', async () => {
  const plain = await openOnnxTarget(save(net), options);
  expect([plain.gives, plain.classes]).toEqual(['logits', 3]);
  const shares = await openOnnxTarget(
    save(topped(net, (b) => b.add('Softmax', ['logits'], ['out']), ['n', 3])),
    options,
  );
  expect(shares.gives).toBe('probabilities');
  const logits = await plain.scores(batch);
  softmax(logits).forEach(async (value, i) => expect((await shares.scores(batch))[i]).toBeCloseTo(value, 5));
  const labels = Int32Array.of(0, 2);
  const [a, b] = [
    await plain.gradients!.ofLoss('margin', batch, labels),
    await shares.gradients!.ofLoss('margin', batch, labels),
  ];
  expect(b.scores).toEqual(a.scores);
  expect(b.gradient).toEqual(a.gradient);
});

it('gives the same gradients wherever in the file its numbers begin', async () => {
  const labels = Int32Array.of(1, 2);
  const gradients = [];
  // Large enough not to be read into memory that the runtime shares among small files.
  const large = denseNet(4, [700], { classes: 3, random: random() });
  for (const name of ['', 'n', 'ne', 'net']) {
    const target = await openOnnxTarget(save({ ...large, graph: { ...large.graph, name } }), options);
    gradients.push((await target.gradients!.ofLoss('margin', batch, labels)).gradient);
  }
  for (const gradient of gradients) expect(gradient).toEqual(gradients[0]);
});

it('gives each loss as its paper has it', async () => {
  const target = await openOnnxTarget(save(net), options);
  const labels = Int32Array.of(1, 2);
  const targets = Int32Array.of(0, 1);
  const z = await target.scores(batch);
  const at = (row: number, k: number): number => z[row * 3 + k]!;
  const others = (row: number, y: number): number =>
    Math.max(...[0, 1, 2].filter((k) => k !== y).map((k) => at(row, k)));
  const sorted = (row: number): number[] => [0, 1, 2].map((k) => at(row, k)).sort((p, q) => q - p);
  const { ofLoss } = target.gradients!;
  for (const row of [0, 1]) {
    const y = labels[row]!;
    const t = targets[row]!;
    const shares = softmax(z).slice(row * 3, row * 3 + 3);
    const spread = sorted(row)[0]! - sorted(row)[2]!;
    const loss = async (...given: Parameters<typeof ofLoss>) => (await ofLoss(...given)).loss[row]!;
    expect(await loss('cross-entropy', batch, labels)).toBeCloseTo(-Math.log(shares[y]!), 4);
    expect(await loss('cross-entropy', batch, labels, targets)).toBeCloseTo(Math.log(shares[t]!), 4);
    expect(await loss('margin', batch, labels)).toBeCloseTo(others(row, y) - at(row, y), 4);
    expect(await loss('margin', batch, labels, targets)).toBeCloseTo(at(row, t) - others(row, t), 4);
    expect(await loss('dlr', batch, labels)).toBeCloseTo((others(row, y) - at(row, y)) / spread, 4);
    expect(await loss('dlr', batch, labels, targets)).toBeCloseTo((at(row, t) - at(row, y)) / spread, 4);
  }
});

it('gives gradients that raise the loss, of each kind', async () => {
  const target = await openOnnxTarget(save(net), options);
  const labels = Int32Array.of(1, 2);
  for (const loss of ['cross-entropy', 'margin', 'dlr'] as const) {
    for (const targets of [undefined, Int32Array.of(0, 1)]) {
      const before = await target.gradients!.ofLoss(loss, batch, labels, targets);
      const moved = x.map((value, i) => value + before.gradient[i]! * 1e-2);
      const after = await target.gradients!.ofLoss(loss, { data: moved, count: 2 }, labels, targets);
      // A ratio of three logits may be at its end.
      const end = loss === 'dlr' ? 1 : Infinity;
      for (const row of [0, 1]) expect(after.loss[row]! > before.loss[row]! || before.loss[row]! >= end).toBe(true);
    }
  }
  const weights = Float32Array.of(0, 1, 0, 1, 0, -1);
  const { gradient } = await target.gradients!.ofScores(batch, weights);
  const step = 1e-2;
  for (let i = 0; i < 8; i++) {
    const at = async (by: number): Promise<number> => {
      const moved = x.slice();
      moved[i]! += by;
      const z = await target.scores({ data: moved, count: 2 });
      return z.reduce((sum, value, k) => sum + value * weights[k]!, 0);
    };
    expect(gradient[i]).toBeCloseTo(((await at(step)) - (await at(-step))) / (2 * step), 2);
  }
});

it('asks a file of a fixed batch in pieces of its size', async () => {
  const fixed: Model = { ...net, graph: { ...net.graph, inputs: [{ name: 'x', type: 1, shape: [3, 4] }] } };
  const [free, bound] = [await openOnnxTarget(save(net), options), await openOnnxTarget(save(fixed), options)];
  const many = { data: Float32Array.from({ length: 28 }, (_, i) => Math.sin(i)), count: 7 };
  expect(await bound.scores(many)).toEqual(await free.scores(many));
  const labels = Int32Array.of(0, 1, 2, 0, 1, 2, 0);
  const [a, b] = [
    await free.gradients!.ofLoss('dlr', many, labels),
    await bound.gradients!.ofLoss('dlr', many, labels),
  ];
  expect(b.gradient.length).toBe(28);
  a.gradient.forEach((value, i) => expect(b.gradient[i]).toBeCloseTo(value, 4));
  expect(b.loss.length).toBe(7);
});

it('knows one column as two classes', async () => {
  const one = denseNet(4, [5], { classes: 1, random: random() });
  const shares = topped(one, (b) => b.add('Sigmoid', ['logits'], ['out']), ['n', 1]);
  const [plain, sigmoid] = [await openOnnxTarget(save(one), options), await openOnnxTarget(save(shares), options)];
  expect([plain.classes, sigmoid.classes, sigmoid.gives]).toEqual([2, 2, 'probabilities']);
  const [z, p] = [await plain.scores(batch), await sigmoid.scores(batch)];
  expect(z[0]).toBe(0);
  expect(p[1]).toBeCloseTo(1 / (1 + Math.exp(-z[1]!)), 5);
  expect(p[0]).toBeCloseTo(1 - p[1]!, 5);
  const { gradient } = await sigmoid.gradients!.ofLoss('cross-entropy', batch, Int32Array.of(0, 1));
  expect(gradient.some((value) => value !== 0)).toBe(true);
});

it('says which operator stands in the way of gradients, and still can be asked', async () => {
  const model = topped(
    net,
    (b) => {
      const cube = b.op('Unsqueeze', [b.op('Unsqueeze', ['logits', b.ints([2])]), b.ints([3])]);
      b.add('Mul', ['logits', b.op('Squeeze', [b.op('Det', [cube])])], ['out']);
    },
    ['n', 3],
  );
  const target = await openOnnxTarget(save(model), { ...options, example: x.subarray(4) });
  expect(target.gradients).toBeUndefined();
  expect(target.noGradients).toMatchObject({
    code: 'model_invalid',
    message: expect.stringContaining('(Det)') as string,
  });
  expect(await target.scores(batch)).toHaveLength(6);
});

it('asks labels of a model that gives nothing else', async () => {
  const model = topped(net, (b) => b.add('ArgMax', ['logits'], ['out'], { axis: 1, keepdims: 0 }), ['n'], 7);
  const target = await openOnnxTarget(save(model), { ...options, classes: 3 });
  expect(target.gives).toBe('labels');
  const rows = await target.scores(batch);
  const scores = await (await openOnnxTarget(save(net), options)).scores(batch);
  for (const row of [0, 1]) {
    const best = [0, 1, 2].reduce((a, b) => (scores[row * 3 + b]! > scores[row * 3 + a]! ? b : a));
    expect([...rows.subarray(row * 3, row * 3 + 3)]).toEqual([0, 1, 2].map((k) => Number(k === best)));
  }
});

it('refuses data that the model does not take, saying what it takes', async () => {
  const file = save(net);
  await expect(openOnnxTarget(file, { shape: [5], example: new Float32Array(5) })).rejects.toMatchObject({
    code: 'model_invalid',
    message: 'the model takes samples of 4, the data has 5',
  });
  const last: Model = { ...net, graph: { ...net.graph, inputs: [{ name: 'x', type: 1, shape: ['n', 2, 2, 3] }] } };
  const wrong = openOnnxTarget(save(last), { shape: [3, 2, 2], example: new Float32Array(12) });
  await expect(wrong).rejects.toMatchObject({ hint: expect.stringContaining('channels last') as string });
  const flat = await openOnnxTarget(file, { shape: [1, 2, 2], example: new Float32Array(4) });
  expect(flat.shape).toEqual([1, 2, 2]);
  const broken = { ...net, graph: { ...net.graph, initializers: [floatTensor('w1', [1, 1], [1])] } };
  await expect(openOnnxTarget(save(broken), options)).rejects.toMatchObject({ code: 'model_invalid' });
});
