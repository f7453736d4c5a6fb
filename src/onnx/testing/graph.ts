// Small models for tests: nodes in a list, and the gradient of their output held against finite differences.
import { type Given, Builder } from '../builder.ts';
import { openGradient } from '../gradient.ts';
import { weighted, WEIGHTS } from '../losses.ts';
import { FLOAT, type Model, type Node, type Tensor } from '../model.ts';
import { prepare } from '../prepare.ts';
import { type Feed, openSession } from '../session.ts';
import { encodeModel } from '../encode.ts';
import { floatTensor, intTensor } from '../tensor.ts';

/** Numbers that look like none in particular, the same each time. */
export function numbers(count: number, seed = 1, low = -1, high = 1): Float32Array {
  let state = seed * 7919 + 17;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return low + ((high - low) * state) / 2147483648;
  });
}

export interface Small {
  /** The input `x`, with the batch. */
  readonly shape: readonly number[];
  readonly low?: number;
  readonly high?: number;
  readonly nodes: readonly (readonly [op: string, inputs: readonly string[], given?: Given, domain?: string])[];
  /** Values of floats. */
  readonly floats?: Readonly<Record<string, readonly [dims: readonly number[], values?: ArrayLike<number>]>>;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  /** Tensors of other types. */
  readonly tensors?: readonly Tensor[];
  readonly opset?: number;
  /** Attributes that are none of what is usual, by place of the node. */
  readonly more?: (nodes: Node[]) => Node[];
}

/** The nodes' first outputs are `y0`, `y1`, ...; further ones `y0:1`. The last one's is the output. */
export function smallModel(small: Small): Model {
  const build = new Builder('s');
  small.nodes.forEach(([op, inputs, given = {}], i) => {
    const outputs = op === 'Split' || op === 'LSTM' || op === 'TopK' ? [`y${i}`, `y${i}:1`] : [`y${i}`];
    build.add(op, inputs, outputs, given);
  });
  let nodes = build.nodes.map((node, i) => ({ ...node, name: `n${i}`, domain: small.nodes[i]![3] ?? '' }));
  if (small.more) nodes = small.more(nodes);
  const floats = Object.entries(small.floats ?? {}).map(([name, [dims, values]], i) =>
    floatTensor(
      name,
      dims,
      values ??
        numbers(
          dims.reduce((a, b) => a * b, 1),
          i + 5,
        ),
    ),
  );
  const ints = Object.entries(small.ints ?? {}).map(([name, values]) => intTensor(name, [values.length], values));
  return {
    irVersion: 8,
    opsets: new Map([
      ['', small.opset ?? 17],
      ['com.microsoft', 1],
    ]),
    functions: [],
    graph: {
      name: 'small',
      nodes,
      inputs: [{ name: 'x', type: FLOAT, shape: ['n', ...small.shape.slice(1)] }],
      outputs: [{ name: `y${small.nodes.length - 1}` }],
      initializers: [...floats, ...ints, ...(small.tensors ?? [])],
    },
  };
}

function repeat(values: Float32Array, count: number): Float32Array {
  const size = values.length;
  return Float32Array.from({ length: size * count }, (_, i) => values[i % size]!);
}

export interface Compared {
  readonly gradient: readonly number[];
  readonly differences: readonly number[];
}

/**
 * The gradient of a weighted sum of the output by the input, and the same by central differences of the model as it is.
 * @param by - a weight's name, to differentiate by it instead
 */
export async function compare(small: Small, by = 'x', step = 1e-2): Promise<Compared> {
  const model = smallModel(small);
  const output = model.graph.outputs[0]!.name;
  const size = small.shape.reduce((a, b) => a * b, 1);
  const batch = small.shape[0]!;
  const x = numbers(size, 3, small.low, small.high);
  const sampled = (count: number): Record<string, Feed> => {
    const one = x.subarray(0, size / batch);
    const data = count === batch ? x : repeat(one, count);
    return { x: { type: 'float32', data, dims: [count, ...small.shape.slice(1)] } };
  };
  const session = await openSession(encodeModel(model), { optimise: 'none' });
  const first = await session.run(sampled(batch), [output]);
  const length = first[output]!.data.length;
  const weights = numbers(length, 11);
  const prepared = await prepare(model, { output, sample: sampled, counts: [batch, batch + 1] });
  const weight = model.graph.initializers.find(({ name }) => name === by);
  const original = weight && new Float32Array(weight.bytes.slice().buffer);
  const given = (count: number): Record<string, Feed> => {
    const all = sampled(count);
    const rows = repeat(weights.subarray(0, length / batch), count);
    all[WEIGHTS] = { type: 'float32', data: count === batch ? weights : rows, dims: [count, length / batch] };
    if (original) all[by] = { type: 'float32', data: original, dims: weight.dims };
    return all;
  };
  const open = await openGradient({
    prepared,
    inputs: [{ name: WEIGHTS, type: FLOAT, shape: ['n', length / batch] }],
    build: (build, value) => {
      const flat = build.reshape(build.cast(value, FLOAT), [-1, length / batch]);
      return { loss: weighted(build, flat), shown: [] };
    },
    by: [by],
    weights: weight ? [by] : [],
    sample: given,
    counts: [batch, batch + 1],
  });
  const [name] = open.gradients;
  const gradient =
    name === undefined ? [] : Array.from((await open.session.run(given(batch), [name]))[name]!.data, Number);
  const total = async (values: Float32Array): Promise<number> => {
    const changed = weight ? replaced(model, by, values) : undefined;
    const run = changed ? await openSession(encodeModel(changed), { optimise: 'none' }) : session;
    const feeds = weight ? sampled(batch) : { x: { type: 'float32', data: values, dims: small.shape } as Feed };
    const { data } = (await run.run(feeds, [output]))[output]!;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Number(data[i]) * weights[i]!;
    return sum;
  };
  const values = original ?? x;
  const differences: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const shifted = async (by: number): Promise<number> => {
      const copy = values.slice();
      copy[i]! += by;
      return total(copy);
    };
    differences.push(((await shifted(step)) - (await shifted(-step))) / (2 * step));
  }
  return { gradient, differences };
}

function replaced(model: Model, name: string, values: Float32Array): Model {
  const initializers = model.graph.initializers.map((tensor) =>
    tensor.name === name ? floatTensor(name, tensor.dims, values) : tensor,
  );
  return { ...model, graph: { ...model.graph, initializers } };
}
