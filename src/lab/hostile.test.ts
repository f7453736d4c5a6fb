// Models and data that nobody can analyse: each ends in an error that names the node or the array, none in a fault.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { graphAttribute } from '../../test/harness/onnx-bytes.ts';
import { AncileError } from '../base/index.ts';
import { type Attribute, type Graph, type Model, type Node, encodeModel, floatTensor } from '../onnx/index.ts';
import { renderNpz } from './data/npz.ts';
import { checkLabels, checkShape, loadSamples } from './data/samples.ts';
import { ATTACKS } from './evasion/attacks.ts';
import { denseNet, imageNet } from './nets.ts';
import { planAttacks } from './plan.ts';
import { type RunOutcome, runAttacks } from './run.ts';
import { openOnnxTarget } from './targets/onnx.ts';

let state = 7;
const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
const net = denseNet(4, [8], { classes: 3, random });
const picture = imageNet([3, 8, 8], { classes: 3, random });
const FLOATS = 1;

type Parts = { name: string; op: string; inputs: string[]; outputs: string[]; domain?: string };
const node = ({ domain = '', ...parts }: Parts, attributes: [string, Attribute][] = []): Node => ({
  ...parts,
  domain,
  attributes: new Map(attributes),
});
const changed = (graph: Partial<Graph>, more: Partial<Model> = {}): Model => ({
  ...net,
  ...more,
  graph: { ...net.graph, ...graph },
});
/** The net with a node on top. */
const topped = (last: Node, more: Partial<Model> = {}, floats: Graph['initializers'] = []): Model =>
  changed(
    {
      nodes: [...net.graph.nodes, last],
      initializers: [...net.graph.initializers, ...floats],
      outputs: [{ name: 'o', type: FLOATS, shape: ['n', 3] }],
    },
    more,
  );
const weights = (name: string, dims: number[], value: number): Model =>
  changed({
    initializers: net.graph.initializers.map((tensor) =>
      tensor.name === name ? floatTensor(name, dims, new Array<number>(dims[0]! * dims[1]!).fill(value)) : tensor,
    ),
  });
/** The first layer is given another value than the input. */
const rewired = (nodes: Node[], value: string, more: Partial<Graph> = {}): Model =>
  changed({
    ...more,
    nodes: [
      ...nodes,
      ...net.graph.nodes.map((each) => ({ ...each, inputs: each.inputs.map((i) => (i === 'x' ? value : i)) })),
    ],
  });

const LOOP = ((): Model => {
  const body: Graph = {
    name: 'body',
    nodes: [
      node({ name: 'on', op: 'Identity', inputs: ['going'], outputs: ['goes'] }),
      node({ name: 'twice', op: 'Mul', inputs: ['sum', 'two'], outputs: ['doubled'] }),
    ],
    inputs: [
      { name: 'i', type: 7, shape: [] },
      { name: 'going', type: 9, shape: [] },
      { name: 'sum', type: FLOATS, shape: ['n', 3] },
    ],
    outputs: [
      { name: 'goes', type: 9, shape: [] },
      { name: 'doubled', type: FLOATS, shape: ['n', 3] },
    ],
    initializers: [floatTensor('two', [], [2])],
  };
  const times = { name: 'times', type: 7, dims: [], bytes: new Uint8Array(BigInt64Array.of(3n).buffer) };
  const spin = node({ name: 'spin', op: 'Loop', inputs: ['times', '', 'logits'], outputs: ['o'] }, [
    ['body', graphAttribute('body', body)],
  ]);
  return topped(spin, {}, [times]);
})();

const identity = (name: string, from: string, to: string): Node =>
  node({ name, op: 'Identity', inputs: [from], outputs: [to] });

/** By name of the file: the model, the data, and what is said of it. */
const CASES: Record<string, [model: Model | Uint8Array, data: string, said: RegExp]> = {
  truncated: [encodeModel(net).slice(0, 90), 'd', /not an ONNX model/],
  text: [Buffer.from('hello'), 'd', /not an ONNX model/],
  unknown: [
    topped(node({ name: 'mystery', op: 'Frobnicate', inputs: ['logits'], outputs: ['o'] })),
    'd',
    /mystery \(Frobnicate\)/,
  ],
  foreign: [
    topped(node({ name: 'mystery', op: 'MyOp', domain: 'com.acme', inputs: ['logits'], outputs: ['o'] }), {
      opsets: new Map([
        ['', 17],
        ['com.acme', 1],
      ]),
    }),
    'd',
    /mystery \(com\.acme\.MyOp\): the runtime has no such operator/,
  ],
  loop: [LOOP, 'd', /no gradient through spin \(Loop\)[^]*square, hopskipjump/],
  shapes: [weights('w1', [5, 8], 0.1), 'd', /~n1 \(Gemm\): .*mismatch/],
  circle: [
    rewired(
      [node({ name: 'round', op: 'Add', inputs: ['x', 'q2'], outputs: ['q1'] }), identity('about', 'q1', 'q2')],
      'q2',
    ),
    'd',
    /round \(Add\) is given "q2", which nothing before it makes/,
  ],
  unmade: [
    changed({ outputs: [{ name: 'nowhere', type: FLOATS, shape: ['n', 3] }] }),
    'd',
    /no node makes the output "nowhere"/,
  ],
  nan: [weights('w2', [8, 3], NaN), 'd', /answers sample 0 with NaN/],
  two: [
    rewired([node({ name: 'sum', op: 'Add', inputs: ['x', 'z'], outputs: ['xz'] })], 'xz', {
      inputs: [...net.graph.inputs, { name: 'z', type: FLOATS, shape: ['n', 4] }],
    }),
    'd',
    /the model has 2 inputs \(x, z\)/,
  ],
  bytes: [
    rewired(
      [node({ name: 'c', op: 'Cast', inputs: ['raw'], outputs: ['xf'] }, [['to', { kind: 'int', value: 1 }]])],
      'xf',
      {
        inputs: [{ name: 'raw', type: 2, shape: ['n', 4] }],
      },
    ),
    'd',
    /array x holds 0\.\d+, and the model takes uint8/,
  ],
  last: [picture, 'last', /takes samples of 3 x 8 x 8, the data has 8 x 8 x 3[^]*x\.transpose\(0, 3, 1, 2\)/],
  empty: [net, 'empty', /array x is not there/],
  none: [net, 'none', /array x: there are no samples/],
  labels: [net, 'labels', /array y: label 1 is 7, and the model has the classes 0 to 2/],
  other: [net, 'other', /takes samples of 4, the data has 5/],
};

function project(): string {
  const cwd = tempFolder();
  const data = (name: string, shape: number[], y = Int32Array.of(0, 1)): void => {
    const size = shape.reduce((all, dim) => all * dim, 1);
    const x = { data: Float32Array.from({ length: y.length * size }, random), shape: [y.length, ...shape] };
    writeFileSync(join(cwd, `${name}.npz`), Buffer.concat(renderNpz({ x, y: { data: y, shape: [y.length] } })));
  };
  data('d', [4]);
  data('last', [8, 8, 3]);
  data('none', [4], new Int32Array(0));
  data('labels', [4], Int32Array.of(0, 7));
  data('other', [5]);
  writeFileSync(join(cwd, 'empty.npz'), Buffer.concat(renderNpz({})));
  for (const [name, [model]] of Object.entries(CASES)) {
    writeFileSync(join(cwd, `${name}.onnx`), model instanceof Uint8Array ? model : encodeModel(model));
  }
  return cwd;
}

/** As the command does it. */
async function attack(cwd: string, name: string, data: string, names: string[]): Promise<RunOutcome> {
  const samples = loadSamples(join(cwd, `${data}.npz`));
  const example = samples.x.subarray(0, samples.x.length / samples.count);
  const target = await openOnnxTarget(join(cwd, `${name}.onnx`), { shape: samples.shape, example, classes: 3 });
  checkShape(samples, target.shape);
  checkLabels(samples, target.classes);
  const plans = planAttacks(ATTACKS, target, { names, norm: 'linf', queries: 20 });
  return runAttacks(target, samples, {
    ...{ plans, norm: 'linf', eps: [0.1], seed: 0, batch: 4, budget: {}, space: () => ({ low: 0, high: 1 }) },
    signal: new AbortController().signal,
  });
}

it('ends in an error that names what is wrong', async () => {
  const cwd = project();
  for (const [name, [, data, said]] of Object.entries(CASES)) {
    const thrown: unknown = await attack(cwd, name, data, ['pgd']).then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
    expect(thrown, name).toBeInstanceOf(AncileError);
    const { code, message, hint = '' } = thrown as AncileError;
    expect(`${message}\n${hint}`, name).toMatch(said);
    expect(['model_invalid', 'request_invalid', 'usage'], name).toContain(code);
  }
  // What no gradient goes through can still be asked.
  const { runs } = await attack(cwd, 'loop', 'd', ['square']);
  expect(runs.map(({ end }) => end)).toEqual(['complete']);
});
