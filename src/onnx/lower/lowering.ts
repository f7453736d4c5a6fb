// Operators that are made of others, written out: so that a rule of differentiation is needed for the parts alone.
import { Builder } from '../builder.ts';
import { type Model, type Node, isOwnDomain } from '../model.ts';
import type { AllFacts, Shape } from '../probe.ts';
import { noGradient } from '../refusal.ts';

export interface LoweringContext {
  readonly node: Node;
  readonly build: Builder;
  /** Of the operators of ONNX. */
  readonly opset: number;
  shape(value: string): Shape;
  type(value: string): number;
  constant(value: string | undefined): readonly number[] | undefined;
}

/** Writes the node out; its outputs keep their names. */
export type Lowering = (context: LoweringContext) => void;

export function lower(model: Model, facts: AllFacts, lowerings: ReadonlyMap<string, Lowering>): Model {
  const build = new Builder('l');
  const opset = model.opsets.get('') ?? 0;
  const of = (node: Node, value: string) => {
    const found = facts.get(value);
    if (found === undefined) throw noGradient(node, `nothing is known of its value ${JSON.stringify(value)}`);
    return found;
  };
  for (const node of model.graph.nodes) {
    const lowering = lowerings.get(isOwnDomain(node.domain) ? node.op : `${node.domain}.${node.op}`);
    const context: LoweringContext = {
      node,
      build,
      opset,
      shape: (value) => of(node, value).shape,
      type: (value) => of(node, value).type,
      constant: (value) => (value ? facts.get(value)?.constant : undefined),
    };
    if (lowering === undefined) build.nodes.push(node);
    else lowering(context);
  }
  const { graph } = model;
  const lowered = { ...graph, nodes: build.nodes, initializers: [...graph.initializers, ...build.initializers] };
  return { ...model, graph: lowered };
}
