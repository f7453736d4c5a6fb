// A node that stands in the way of gradients: by name, and what can be done instead.
import { AncileError } from '../base/index.ts';
import { type Node, describeNode } from './model.ts';

export function noGradient(
  node: Node,
  why: string,
  hint = 'Attacks that only ask the model work on it: square, hopskipjump, simba.',
): AncileError {
  const at = node.name || node.outputs[0] || node.op;
  return new AncileError('model_invalid', `no gradient through ${describeNode(node)}: ${why}`, { at, hint });
}
