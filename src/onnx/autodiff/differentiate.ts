// The backward graph: from a value back to those that it is to be differentiated by, node by node in reverse, each by its rule
// (reverse-mode differentiation; Griewank and Walther 2008). It is made of ONNX nodes and joined to the forward graph.
import type { Builder } from '../builder.ts';
import { type Graph, type Node, isOwnDomain } from '../model.ts';
import type { AllFacts } from '../probe.ts';
import { type RuleContext, lookUp } from './rule.ts';
import { FLAT, RULES } from './rules/index.ts';
import { noGradient } from '../refusal.ts';

function keyOf({ op, domain }: Node): string {
  return isOwnDomain(domain) ? op : `${domain}.${op}`;
}

/** Which of a node's inputs its outputs change with smoothly, of those that are asked about. */
function depends(node: Node, active: ReadonlySet<string>): boolean {
  // A graph within may use any value, and says so nowhere: there is no rule for such, and nothing is passed over in silence.
  if ([...node.attributes.values()].some(({ kind }) => kind === 'graph')) return true;
  return !FLAT.has(keyOf(node)) && node.inputs.some((input) => active.has(input));
}

export interface Differentiation {
  readonly graph: Graph;
  readonly facts: AllFacts;
  readonly build: Builder;
  /** The value that is differentiated, and its own gradient: what of its numbers counts how much. */
  readonly of: string;
  readonly seed: string;
  /** The values by which it is. */
  readonly by: readonly string[];
}

/**
 * Adds the nodes that compute gradients.
 * @returns the gradient of each value of `by`; undefined for one that it does not depend on
 * @throws AncileError `model_invalid` naming the node that no rule is there for
 */
export function differentiate({ graph, facts, build, of, seed, by }: Differentiation): (string | undefined)[] {
  const active = new Set(by);
  const path: Node[] = [];
  for (const node of graph.nodes) {
    if (!depends(node, active)) continue;
    for (const output of node.outputs) if (output !== '') active.add(output);
    path.push(node);
  }
  const gradients = new Map<string, string[]>([[of, [seed]]]);
  /** A value that goes into many nodes has the sum of what comes back from each. */
  const take = (value: string): string | undefined => {
    const parts = gradients.get(value);
    if (parts === undefined) return undefined;
    const sum = parts.reduce((all, next) => build.add2(all, next));
    gradients.set(value, [sum]);
    return sum;
  };
  for (const node of path.reverse()) {
    if (!node.outputs.some((output) => gradients.has(output))) continue;
    const rule = RULES.get(keyOf(node));
    if (rule === undefined) throw noGradient(node, 'there is no rule for it');
    const context: RuleContext = {
      node,
      build,
      gradients: node.outputs.map(take),
      wants: (input) => active.has(node.inputs[input] ?? ''),
      ...lookUp(facts, node),
      constant: (value) => (value === undefined || active.has(value) ? undefined : facts.get(value)?.constant),
    };
    const made = rule(context);
    for (const [i, input] of node.inputs.entries()) {
      const gradient = made[i];
      if (gradient === undefined || !active.has(input)) continue;
      gradients.set(input, [...(gradients.get(input) ?? []), gradient]);
    }
  }
  return by.map(take);
}
