// `If` whose condition is always the same: the branch that is taken is put in its place. Exporters leave such behind where a shape was looked
// at; one that looks at the data is left, and named by whoever has no rule for it.
import { AncileError } from '../base/index.ts';
import { decodeBranch } from './decode.ts';
import { encodeModel } from './encode.ts';
import { BOOL, type Graph, type Model, type Node, type Tensor, isOwnDomain } from './model.ts';
import type { Sample } from './probe.ts';
import { openSession } from './session.ts';

/** Branches that are taken, one within another or one after another. */
const MOST_TAKEN = 256;
/** What they say of a value does not depend on its numbers. */
const OF_SHAPE = new Set(['Shape', 'Size']);

const isBranching = ({ op, domain }: Node): boolean => op === 'If' && isOwnDomain(domain);
const hasGraph = ({ attributes }: Node): boolean => [...attributes.values()].some(({ kind }) => kind === 'graph');

/** Values that the numbers of an input change. */
function followInput({ nodes, inputs, initializers }: Graph): ReadonlySet<string> {
  const weights = new Set(initializers.map(({ name }) => name));
  const changing = new Set(inputs.map(({ name }) => name).filter((name) => !weights.has(name)));
  for (const node of nodes) {
    if (OF_SHAPE.has(node.op)) continue;
    // A graph within may use any value outside of it.
    const isChanging = hasGraph(node) || node.inputs.some((input) => changing.has(input));
    if (isChanging || node.op.startsWith('Random')) for (const output of node.outputs) changing.add(output);
  }
  return changing;
}

/** The graph that makes a value; undefined where one of its nodes has a graph of its own. */
function madeOf(graph: Graph, value: string): readonly Node[] | undefined {
  const needed = new Set([value]);
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    if (hasGraph(node)) return undefined;
    nodes.unshift(node);
    for (const input of node.inputs) needed.add(input);
  }
  return nodes;
}

/** What the condition is for each size of batch; undefined where it is not always the same. */
async function decide(
  model: Model,
  value: string,
  sample: Sample,
  counts: readonly number[],
): Promise<boolean | undefined> {
  const nodes = madeOf(model.graph, value);
  if (nodes === undefined) return undefined;
  const shown = '~condition';
  const last: Node = {
    name: shown,
    op: 'Identity',
    domain: '',
    inputs: [value],
    outputs: [shown],
    attributes: new Map(),
  };
  const graph: Graph = { ...model.graph, nodes: [...nodes, last], outputs: [{ name: shown, type: BOOL }] };
  const session = await openSession(encodeModel({ ...model, graph }), { optimise: 'none' });
  const seen = new Set<boolean>();
  for (const count of counts) {
    const { data } = (await session.run(sample(count), [shown]))[shown]!;
    seen.add(Number(data[0]) !== 0);
  }
  const [first] = seen;
  return seen.size === 1 ? first : undefined;
}

/** The branch's nodes with its outputs under the names of the node's; undefined where its names cannot be changed. */
function takeBranch(
  node: Node,
  branch: Graph,
  taken: ReadonlySet<string>,
  scope: string,
): { nodes: Node[]; initializers: Tensor[] } | undefined {
  const names = new Map<string, string>();
  const own = [...branch.initializers.map(({ name }) => name), ...branch.nodes.flatMap(({ outputs }) => outputs)];
  for (const name of own) if (taken.has(name)) names.set(name, `${scope}/${name}`);
  if (names.size > 0 && branch.nodes.some(hasGraph)) return undefined;
  const rename = (name: string): string => names.get(name) ?? name;
  const nodes = branch.nodes.map((each) => ({
    ...each,
    name: `${scope}/${each.name}`,
    inputs: each.inputs.map(rename),
    outputs: each.outputs.map(rename),
  }));
  for (const [i, output] of node.outputs.entries()) {
    const made = branch.outputs[i]?.name;
    if (output === '' || made === undefined) continue;
    nodes.push({
      name: `${scope}/${output}`,
      op: 'Identity',
      domain: '',
      inputs: [rename(made)],
      outputs: [output],
      attributes: new Map(),
    });
  }
  return { nodes, initializers: branch.initializers.map((tensor) => ({ ...tensor, name: rename(tensor.name) })) };
}

/**
 * @param sample - inputs, asked for each size of batch: a shape may go with it
 * @throws AncileError `model_invalid` where branches lie within each other without end, or a condition does not compute
 */
export async function settleBranches(model: Model, sample: Sample, counts: readonly number[]): Promise<Model> {
  let { graph } = model;
  const left = new Set<string>();
  for (let depth = 0; ; depth++) {
    const changing = followInput(graph);
    const at = graph.nodes.findIndex(
      (node) => isBranching(node) && !left.has(node.outputs[0] ?? '') && !changing.has(node.inputs[0] ?? ''),
    );
    if (at === -1) return { ...model, graph };
    const node = graph.nodes[at]!;
    if (depth === MOST_TAKEN) {
      throw new AncileError('model_invalid', `more than ${MOST_TAKEN} branches`, { at: node.name });
    }
    const condition = await decide({ ...model, graph }, node.inputs[0]!, sample, counts);
    const attribute = node.attributes.get(condition === true ? 'then_branch' : 'else_branch');
    const names = new Set([
      ...graph.initializers.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const branch =
      condition === undefined || attribute?.kind !== 'graph'
        ? undefined
        : takeBranch(node, decodeBranch(attribute.written), names, `${node.name || 'if'}#${depth}`);
    if (branch === undefined) {
      left.add(node.outputs[0] ?? '');
      continue;
    }
    graph = {
      ...graph,
      nodes: [...graph.nodes.slice(0, at), ...branch.nodes, ...graph.nodes.slice(at + 1)],
      initializers: [...graph.initializers, ...branch.initializers],
    };
  }
}
