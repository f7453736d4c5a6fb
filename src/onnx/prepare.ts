// A model made ready to be differentiated: only what its output is computed of, in one operator set, composed operators written
// out, and every value's shape known.
import { settleBranches } from './branches.ts';
import { LOWERINGS, lower } from './lower/index.ts';
import { inlineFunctions } from './inline.ts';
import { type Graph, type Model } from './model.ts';
import { convertOpset } from './opsets.ts';
import { widenHalf } from './precision.ts';
import { type Sample, probe } from './probe.ts';

/** Without what the values do not depend on. */
export function prune(graph: Graph, outputs: readonly string[]): Graph {
  const needed = new Set(outputs);
  const nodes = [...graph.nodes].reverse().filter((node) => {
    // A graph within may use any value outside of it, and says so nowhere but in itself.
    const isNeeded = node.outputs.some((output) => needed.has(output));
    if (isNeeded) for (const input of node.inputs) needed.add(input);
    return isNeeded;
  });
  const hasOwnGraphs = nodes.some(({ attributes }) => [...attributes.values()].some(({ kind }) => kind === 'graph'));
  const initializers = graph.initializers.filter(({ name }) => hasOwnGraphs || needed.has(name));
  return {
    ...graph,
    nodes: hasOwnGraphs ? graph.nodes : nodes.reverse(),
    initializers,
    outputs: outputs.map((name) => graph.outputs.find((info) => info.name === name) ?? { name }),
  };
}

/** Models list their weights among their inputs, as older ones had to. */
export function trueInputs({ inputs, initializers }: Graph): Graph['inputs'] {
  const weights = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !weights.has(name));
}

export interface Prepared {
  readonly model: Model;
  readonly output: string;
}

export interface PrepareOptions {
  /** The value that it is about. */
  readonly output: string;
  readonly sample: Sample;
  /** Sizes of batch that it computes. */
  readonly counts: readonly number[];
}

/** @throws AncileError `model_invalid` naming the node that stands in the way */
export async function prepare(given: Model, { output, sample, counts }: PrepareOptions): Promise<Prepared> {
  const inlined = widenHalf(await settleBranches(inlineFunctions(given), sample, counts));
  const graph = prune(inlined.graph, [output]);
  const model = { ...inlined, graph: { ...graph, inputs: trueInputs(graph) } };
  const facts = await probe(model, sample, counts);
  const converted = convertOpset(model, (value) => facts.get(value)?.shape.length);
  return { model: lower(converted, facts, LOWERINGS), output };
}
