// Operators that the file itself defines, put in where they are used: exporters write whole layers so.
import { AncileError } from '../base/index.ts';
import { type LocalFunction, type Model, type Node, describeNode } from './model.ts';

/** Functions in functions, and nodes in all: a file may be made to grow without end. */
const MOST_DEPTH = 32;
const MOST_NODES = 500_000;

/** The body with the names of one use: its own values get names that nobody else has. */
function bodyOf(definition: LocalFunction, use: Node, scope: string): Node[] {
  const names = new Map<string, string>();
  for (const [i, input] of definition.inputs.entries()) names.set(input, use.inputs[i] ?? '');
  for (const [i, output] of definition.outputs.entries()) names.set(output, use.outputs[i] || `${scope}/${output}`);
  const rename = (value: string): string => {
    if (value === '') return '';
    const known = names.get(value);
    if (known !== undefined) return known;
    const made = `${scope}/${value}`;
    names.set(value, made);
    return made;
  };
  return definition.nodes.map((node) => ({
    ...node,
    name: `${scope}/${node.name}`,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: new Map(
      [...node.attributes].flatMap(([name, attribute]) => {
        if (attribute.kind !== 'reference') return [[name, attribute] as const];
        const given = use.attributes.get(attribute.value) ?? definition.defaults.get(attribute.value);
        return given === undefined ? [] : [[name, given] as const];
      }),
    ),
  }));
}

/** @throws AncileError `model_invalid` where functions use each other without end */
export function inlineFunctions(model: Model): Model {
  if (model.functions.length === 0) return model;
  const byName = new Map(model.functions.map((each) => [`${each.domain}:${each.name}`, each]));
  let nodes = model.graph.nodes;
  for (let depth = 0; ; depth++) {
    const used = nodes.find(({ domain, op }) => byName.has(`${domain}:${op}`));
    if (used === undefined) break;
    if (depth === MOST_DEPTH || nodes.length > MOST_NODES) {
      throw new AncileError('model_invalid', `functions are used too deep at ${describeNode(used)}`, { at: used.name });
    }
    nodes = nodes.flatMap((node, i) => {
      const definition = byName.get(`${node.domain}:${node.op}`);
      return definition === undefined ? [node] : bodyOf(definition, node, `${node.name || node.op}#${depth}.${i}`);
    });
  }
  return { ...model, functions: [], graph: { ...model.graph, nodes } };
}
