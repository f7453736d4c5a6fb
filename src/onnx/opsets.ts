// Older operator sets brought up to one that rules are written for: only what changed between them. A newer set stays as it is.
// Source: the ONNX operator changelog.
import { AncileError } from '../base/index.ts';
import { Builder } from './builder.ts';
import { FLOAT, type Model, type Node, floatOf, intOf, intsOf, isOwnDomain, stringOf } from './model.ts';
import { noGradient } from './refusal.ts';

/** Axes of ReduceSum, Squeeze, Unsqueeze and Split are inputs, Softmax takes one axis, ScatterElements adds. */
export const OPSET = 17;
/** Before it, broadcasting was by attributes. */
const OLDEST = 7;

interface Context {
  readonly node: Node;
  readonly build: Builder;
  readonly from: number;
  readonly rankOf: (value: string) => number | undefined;
}

/** Writes the node in the newer form. */
type Write = (context: Context) => void;

/** The same node with other inputs, and without attributes that became inputs. */
function again({ node, build }: Context, inputs: readonly (string | undefined)[], without: readonly string[]): void {
  const attributes = new Map([...node.attributes].filter(([name]) => !without.includes(name)));
  const names = inputs.map((input) => input ?? '');
  while (names.at(-1) === '') names.pop();
  build.nodes.push({ ...node, inputs: names, attributes });
}

/** An attribute of whole numbers that became an input. */
const intsToInput =
  (name: string, at: number): Write =>
  (context) => {
    const { node, build } = context;
    const values = intsOf(node.attributes, name);
    if (values === undefined) return again(context, node.inputs, []);
    const inputs: (string | undefined)[] = node.inputs.slice(0, at);
    inputs[at] = build.ints(values);
    again(context, inputs, [name]);
  };

const slice: Write = (context) => {
  const { node, build } = context;
  const [starts, ends] = [intsOf(node.attributes, 'starts') ?? [], intsOf(node.attributes, 'ends') ?? []];
  const axes = intsOf(node.attributes, 'axes') ?? starts.map((_, i) => i);
  again(context, [node.inputs[0], build.ints(starts), build.ints(ends), build.ints(axes)], ['starts', 'ends', 'axes']);
};

const clip: Write = (context) => {
  const { node, build } = context;
  const end = (name: string): string | undefined =>
    node.attributes.has(name) ? build.scalar(floatOf(node.attributes, name, 0), FLOAT) : undefined;
  again(context, [node.inputs[0], end('min'), end('max')], ['min', 'max']);
};

const pad: Write = (context) => {
  const { node, build } = context;
  const pads = build.ints(intsOf(node.attributes, 'pads') ?? []);
  const value = build.scalar(floatOf(node.attributes, 'value', 0), FLOAT);
  const isConstant = stringOf(node.attributes, 'mode', 'constant') === 'constant';
  again(context, [node.inputs[0], pads, isConstant ? value : undefined], ['pads', 'value']);
};

const dropout: Write = ({ node, build }) => {
  build.add('Identity', [node.inputs[0]!], [node.outputs[0]!]);
};

const topK: Write = (context) => {
  const { node, build } = context;
  again(context, [node.inputs[0], build.ints([intOf(node.attributes, 'k', 1)])], ['k']);
};

/** Until set 13 all axes from `axis` on were taken as one. */
const softmax: Write = ({ node, build, rankOf }) => {
  const x = node.inputs[0]!;
  const rank = rankOf(x);
  const axis = intOf(node.attributes, 'axis', 1);
  const first = axis < 0 && rank !== undefined ? axis + rank : axis;
  if (axis === -1 || (rank !== undefined && first === rank - 1)) {
    build.add(node.op, [x], node.outputs, { axis: -1 });
    return;
  }
  const flat = build.op('Flatten', [x], { axis: first });
  build.add('Reshape', [build.op(node.op, [flat], { axis: -1 }), build.op('Shape', [x])], node.outputs);
};

/** It has a name of its own since. */
const upsample: Write = ({ node, build, from }) => {
  const written = node.attributes.get('scales');
  const values = written?.kind === 'floats' ? written.value : undefined;
  const scales = from < 9 && values ? build.floats(values, [values.length]) : node.inputs[1];
  const mode = stringOf(node.attributes, 'mode', 'nearest');
  build.add('Resize', [node.inputs[0], undefined, scales], node.outputs, {
    mode: mode === 'bilinear' ? 'linear' : mode,
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
};

const resize: Write = ({ node, build }) => {
  build.add('Resize', [node.inputs[0], undefined, node.inputs[1]], node.outputs, {
    mode: stringOf(node.attributes, 'mode', 'nearest'),
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
};

/** Statistics of training are no longer among its outputs. */
const batch: Write = (context) => {
  const { node, build } = context;
  const attributes = new Map([...node.attributes].filter(([name]) => name === 'epsilon'));
  build.nodes.push({ ...node, outputs: node.outputs.slice(0, 1), attributes });
};

/** The set in which an operator's form changed for the last time, and how an older one is written in it. */
const CONVERSIONS: Readonly<Record<string, readonly [since: number, write: Write]>> = {
  ReduceSum: [13, intsToInput('axes', 1)],
  Squeeze: [13, intsToInput('axes', 1)],
  Unsqueeze: [13, intsToInput('axes', 1)],
  Split: [13, intsToInput('split', 1)],
  Slice: [10, slice],
  Clip: [11, clip],
  Pad: [11, pad],
  Dropout: [12, dropout],
  TopK: [10, topK],
  Softmax: [13, softmax],
  LogSoftmax: [13, softmax],
  Upsample: [OPSET, upsample],
  Resize: [11, resize],
  BatchNormalization: [14, batch],
};

/**
 * A model in operator set 17, or as it is where its own is newer.
 * @param rankOf - dimensions of a value, as far as they are known
 * @throws AncileError `model_invalid` of sets before 7
 */
export function convertOpset(model: Model, rankOf: (value: string) => number | undefined): Model {
  const from = model.opsets.get('') ?? 0;
  if (from >= OPSET) return model;
  if (from < OLDEST) {
    throw new AncileError('model_invalid', `operator set ${from} is older than ${OLDEST}`, {
      at: 'opset_import',
      hint: 'Export the model anew, or convert it with the version converter of ONNX.',
    });
  }
  const build = new Builder('o');
  for (const node of model.graph.nodes) {
    if ([...node.attributes.values()].some(({ kind }) => kind === 'graph')) {
      throw noGradient(node, 'it holds a graph of its own');
    }
    const conversion = isOwnDomain(node.domain) ? CONVERSIONS[node.op] : undefined;
    if (conversion === undefined || from >= conversion[0]) build.nodes.push(node);
    else conversion[1]({ node, build, from, rankOf });
  }
  const { graph } = model;
  return {
    ...model,
    irVersion: Math.max(8, model.irVersion),
    opsets: new Map([...model.opsets, ['', OPSET]]),
    graph: { ...graph, nodes: build.nodes, initializers: [...graph.initializers, ...build.initializers] },
  };
}
