// What of an ONNX classifier an attack needs to know: its one input, the output that has a score for each class, and the value
// before the last softmax, where gradients are worth the most.
import { AncileError } from '../../base/index.ts';
import { type Graph, type Node, type ValueInfo, trueInputs } from '../../onnx/index.ts';

export interface Classifier {
  readonly input: ValueInfo;
  /** Has a number for each class, or for tensors of whole numbers the class. */
  readonly output: string;
  /** Whether the output is one of the file's own, so that the file can be run as it is. */
  readonly isOwn: boolean;
  /** The value that softmax or sigmoid made the output of; the output itself where there is none. */
  readonly logits: string;
  readonly ends: 'softmax' | 'sigmoid' | 'plain';
}

function refuse(message: string, hint: string): AncileError {
  return new AncileError('model_invalid', message, { hint });
}

function madeBy(graph: Graph): ReadonlyMap<string, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** Through what only writes the same numbers in another form. */
function stepBack(value: string, makers: ReadonlyMap<string, Node>): Node | undefined {
  let node = makers.get(value);
  while (node !== undefined && ['Identity', 'ZipMap'].includes(node.op)) node = makers.get(node.inputs[0] ?? '');
  return node;
}

function chooseOutput({ outputs }: Graph, makers: ReadonlyMap<string, Node>, named: string | undefined) {
  if (named !== undefined) {
    const found = outputs.some(({ name }) => name === named);
    if (!found) {
      const known = outputs.map(({ name }) => name).join(', ');
      throw refuse(`the model has no output ${JSON.stringify(named)}`, `Its outputs are: ${known}.`);
    }
    return { output: named, isOwn: true };
  }
  const FLOATS = [1, 10, 11];
  const scores = outputs.find(({ type }) => type !== undefined && FLOATS.includes(type));
  if (scores !== undefined) return { output: scores.name, isOwn: true };
  // Classifiers of trees and lines give a map from names to probabilities: what the map was made of is a tensor.
  for (const { name } of outputs) {
    const maker = makers.get(name);
    if (maker?.op === 'ZipMap') return { output: maker.inputs[0]!, isOwn: false };
  }
  const [only] = outputs;
  if (only === undefined) throw refuse('the model has no output', 'It must be a classifier.');
  return { output: only.name, isOwn: true };
}

/**
 * @param named - an output by name, where the first one of floats is not what is meant
 * @throws AncileError `model_invalid` where it is no classifier of one input
 */
export function findClassifier(graph: Graph, named?: string): Classifier {
  const inputs = trueInputs(graph);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw refuse(
      `the model has ${inputs.length} inputs${names === '' ? '' : ` (${names})`}, expected one`,
      'The lab attacks classifiers of one input: images as N x C x H x W, or tables as N x F.',
    );
  }
  const makers = madeBy(graph);
  const { output, isOwn } = chooseOutput(graph, makers, named);
  const last = stepBack(output, makers);
  const ends = last?.op === 'Softmax' ? 'softmax' : last?.op === 'Sigmoid' ? 'sigmoid' : 'plain';
  return { input, output, isOwn, logits: ends === 'plain' ? output : last!.inputs[0]!, ends };
}
