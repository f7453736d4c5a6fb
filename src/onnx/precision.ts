// Half precision taken for single: the processor computes it in a roundabout way, and gradients of it are of little worth.
import {
  FLOAT,
  FLOAT16,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model.ts';
import { floatTensor, numbersOfTensor } from './tensor.ts';

function widenTensor(tensor: Tensor): Tensor {
  if (tensor.type !== FLOAT16) return tensor;
  return floatTensor(tensor.name, tensor.dims, numbersOfTensor(tensor)!);
}

/** Attributes that name a type of elements. */
const TYPES = new Set(['to', 'dtype', 'output_dtype']);

function widenNode(node: Node): Node {
  const attributes = [...node.attributes].map(([name, attribute]): [string, Attribute] => {
    if (attribute.kind === 'tensor') return [name, { kind: 'tensor', value: widenTensor(attribute.value) }];
    const isHalf = attribute.kind === 'int' && attribute.value === FLOAT16 && TYPES.has(name);
    return [name, isHalf ? { kind: 'int', value: FLOAT } : attribute];
  });
  return { ...node, attributes: new Map(attributes) };
}

const widenInfo = (info: ValueInfo): ValueInfo => (info.type === FLOAT16 ? { ...info, type: FLOAT } : info);

/** The same model with all that is of half precision in single precision. */
export function widenHalf(model: Model): Model {
  const { nodes, inputs, outputs, initializers, ...rest } = model.graph;
  const graph: Graph = {
    ...rest,
    nodes: nodes.map(widenNode),
    inputs: inputs.map(widenInfo),
    outputs: outputs.map(widenInfo),
    initializers: initializers.map(widenTensor),
  };
  return { ...model, graph };
}
