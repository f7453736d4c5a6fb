// Which node of a file it was that the runtime refused: it names some, and of others says only what is wrong with the graph.
import { AncileError } from '../base/index.ts';
import { type Graph, type Node, describeNode } from './model.ts';

const nameOf = ({ name, outputs, op }: Node): string => name || outputs[0] || op;

/** A node that is given a value which nothing before it makes: of a circle, or of a file that was cut together wrongly. */
function orphan({ nodes, inputs, initializers }: Graph): { node: Node; value: string } | undefined {
  const made = new Set([...inputs, ...initializers].map(({ name }) => name));
  for (const node of nodes) {
    const value = node.inputs.find((input) => input !== '' && !made.has(input));
    if (value !== undefined) return { node, value };
    for (const output of node.outputs) made.add(output);
  }
  return undefined;
}

/**
 * The refusal with the node that it is about, where that can be told.
 * @param refusal - of the runtime
 * @param graph - of the file that it was given
 */
export function blame(refusal: AncileError, graph: Graph): AncileError {
  if (refusal.code !== 'model_invalid') return refusal;
  const { message } = refusal;
  const told = (at: string, why: string): AncileError =>
    new AncileError('model_invalid', why, {
      ...{ at, cause: refusal.cause },
      hint: 'Nothing can be asked of a model that does not run: mend the node, or export the model anew.',
    });
  const [, domain, op] = /(?:^|[\s:])([\w.]*):?\b(\w+)\(-?\d+\) is not a registered/.exec(message) ?? [];
  const unknown = graph.nodes.find((node) => node.op === op && (domain === '' || node.domain === domain));
  if (unknown !== undefined) return told(nameOf(unknown), `${describeNode(unknown)}: the runtime has no such operator`);
  const named = graph.nodes.find(({ name }) => name !== '' && (refusal.at === name || message.includes(`("${name}",`)));
  if (named !== undefined) return told(nameOf(named), `${describeNode(named)}: ${message}`);
  const lost = orphan(graph);
  if (lost !== undefined) {
    const value = JSON.stringify(lost.value.slice(0, 200));
    return told(nameOf(lost.node), `${describeNode(lost.node)} is given ${value}, which nothing before it makes`);
  }
  const values = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const { outputs } of graph.nodes) for (const output of outputs) values.add(output);
  const unmade = graph.outputs.find(({ name }) => !values.has(name));
  return unmade === undefined ? refusal : told(unmade.name, `no node makes the output ${JSON.stringify(unmade.name)}`);
}
