// Models of newer writers than the runtime knows, written as it reads them: operators whose form did not change but for the types that
// they take, and the few new ones by older ones. Source: the ONNX operator changelog.
import { Builder } from './builder.ts';
import { inlineFunctions } from './inline.ts';
import {
  type Attribute,
  FLOAT,
  FLOAT16,
  type Graph,
  type Model,
  type Node,
  intOf,
  isOwnDomain,
  stringOf,
} from './model.ts';

/** What onnxruntime 1.16 reads. */
const NEWEST_IR = 9;
const NEWEST_SET = 19;

type Write = (node: Node, build: Builder) => void;

const gelu: Write = ({ inputs, outputs, attributes }, build) => {
  const x = inputs[0]!;
  const like = (value: number): string => build.op('CastLike', [build.scalar(value), x]);
  const half = build.mul(x, like(0.5));
  let bend: string;
  if (stringOf(attributes, 'approximate', 'none') === 'tanh') {
    const cube = build.mul(build.mul(x, x), x);
    const sum = build.add2(x, build.mul(cube, like(0.044715)));
    bend = build.op('Tanh', [build.mul(sum, like(Math.sqrt(2 / Math.PI)))]);
  } else bend = build.op('Erf', [build.mul(x, like(Math.SQRT1_2))]);
  build.add('Mul', [half, build.add2(bend, like(1))], outputs);
};

/** Since set 21 scale and bias are of channels. Groups lie one behind the other, so that each can be taken for a channel. */
const groupNormalization: Write = ({ inputs, outputs, attributes }, build) => {
  const [x, scale, bias] = inputs as [string, string, string];
  const groups = intOf(attributes, 'num_groups', 1);
  const epsilon = attributes.get('epsilon');
  const [ones, zeros] = [1, 0].map((value) =>
    build.op('CastLike', [build.floats(new Array<number>(groups).fill(value), [groups]), x]),
  );
  const normal = build.op('InstanceNormalization', [build.reshape(x, [0, groups, -1]), ones, zeros], {
    epsilon: { float: epsilon?.kind === 'float' ? epsilon.value : 1e-5 },
  });
  const shape = build.op('Shape', [x]);
  const channels = build.op(
    'Concat',
    [build.op('Slice', [shape, build.ints([0]), build.ints([2])]), build.ints([-1])],
    {
      axis: 0,
    },
  );
  const column = (value: string): string => build.reshape(value, [-1, 1]);
  const scaled = build.mul(build.op('Reshape', [normal, channels]), column(scale));
  build.add('Reshape', [build.add2(scaled, column(bias)), shape], outputs);
};

/** Over the last axis alone: how many there are after another is not known here. */
const rootMeanSquare: Write = ({ inputs, outputs, attributes }, build) => {
  const [x, scale] = inputs as [string, string];
  const axis = intOf(attributes, 'axis', -1);
  const epsilon = attributes.get('epsilon');
  const mean = build.op('ReduceMean', [build.mul(x, x), build.ints([axis])], { keepdims: 1 });
  const least = build.op('CastLike', [build.scalar(epsilon?.kind === 'float' ? epsilon.value : 1e-5), x]);
  build.add('Mul', [build.div(x, build.op('Sqrt', [build.add2(mean, least)])), scale], outputs);
};

/** Operators of newer sets, by the set that brought their form. */
const NEWER: Readonly<Record<string, readonly [since: number, write: Write, fits?: (node: Node) => boolean]>> = {
  Gelu: [20, gelu],
  GroupNormalization: [21, groupNormalization],
  RMSNormalization: [23, rootMeanSquare, ({ attributes }) => intOf(attributes, 'axis', -1) === -1],
};

/** Attributes that came later, left out where they say what was so before. */
const DEFAULTS: Readonly<Record<string, number>> = { block_size: 0, output_dtype: 0, precision: 0 };

function plain(node: Node): Node {
  const isDefault = (name: string, attribute: Attribute): boolean =>
    attribute.kind === 'int' && Object.hasOwn(DEFAULTS, name) && attribute.value === DEFAULTS[name];
  const attributes = [...node.attributes].filter(([name, attribute]) => !isDefault(name, attribute));
  return { ...node, attributes: new Map(attributes) };
}

/** Its binding takes and gives no half precision: what is such at the graph's edges becomes single, with a cast behind it. */
function castEdges(graph: Graph): Graph | undefined {
  const build = new Builder('h');
  const names = new Map<string, string>();
  const edge = (info: Graph['inputs'][number]): Graph['inputs'][number] => {
    if (info.type !== FLOAT16) return info;
    names.set(info.name, build.fresh());
    return { ...info, type: FLOAT };
  };
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.map((info) => (weights.has(info.name) ? info : edge(info)));
  for (const [name, inner] of names) build.add('Cast', [name], [inner], { to: FLOAT16 });
  const before = build.nodes.length;
  const outputs = graph.outputs.map(edge);
  if (names.size === 0) return undefined;
  for (const { name } of outputs) {
    const inner = names.get(name);
    if (inner !== undefined && !inputs.some((input) => input.name === name))
      build.add('Cast', [inner], [name], { to: FLOAT });
  }
  const renamed = (name: string): string => names.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
  }));
  const all = [...build.nodes.slice(0, before), ...nodes, ...build.nodes.slice(before)];
  return { ...graph, inputs, outputs, nodes: all };
}

/**
 * The model as the runtime reads it, without functions where it is changed. Whatever has no older form is left as it is, and the runtime
 * names the node.
 */
export function forRuntime(model: Model): { readonly model: Model; readonly isChanged: boolean } {
  const stamped = inKnownSet(model);
  const graph = castEdges(stamped.model.graph);
  return graph === undefined ? stamped : { model: { ...stamped.model, graph }, isChanged: true };
}

function inKnownSet(model: Model): { readonly model: Model; readonly isChanged: boolean } {
  const set = model.opsets.get('') ?? 0;
  if (model.irVersion <= NEWEST_IR && set <= NEWEST_SET) return { model, isChanged: false };
  const { functions, graph, opsets } = inlineFunctions(model);
  const irVersion = Math.min(model.irVersion, NEWEST_IR);
  if (set <= NEWEST_SET) return { model: { functions, graph, opsets, irVersion }, isChanged: true };
  const build = new Builder('r');
  for (const node of graph.nodes) {
    const newer = isOwnDomain(node.domain) ? NEWER[node.op] : undefined;
    const [since, write, fits = () => true] = newer ?? [];
    if (write !== undefined && set >= since! && fits(node)) write(node, build);
    else build.nodes.push(plain(node));
  }
  const written = { ...graph, nodes: build.nodes, initializers: [...graph.initializers, ...build.initializers] };
  return {
    model: { functions, irVersion, opsets: new Map([...opsets, ['', NEWEST_SET]]), graph: written },
    isChanged: true,
  };
}
