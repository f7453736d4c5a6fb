// What of an ONNX classifier an attack needs to know: its one input, the outputs that may have a score for each class, and the value
// before the last softmax, where gradients are worth the most.
import { AncileError } from '../../base/index.ts';
import { type Graph, type Node, type ValueInfo, trueInputs } from '../../onnx/index.ts';

/** An output that may be the one with the scores. */
export interface Candidate {
  readonly output: string;
  /** Labels, not scores. */
  readonly isWhole: boolean;
  /** Whether it is one of the file's own, so that the file can be run as it is. */
  readonly isOwn: boolean;
}

export interface Classifier {
  readonly input: ValueInfo;
  /** In the order of the file; never empty. */
  readonly candidates: readonly Candidate[];
}

/** How the scores come about. */
export interface Ending {
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

/** What only writes the same numbers in another form. */
const FORMS = new Set(['Identity', 'ZipMap', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);
const FLOATS = [1, 10, 11];
const WHOLE = [2, 3, 4, 5, 6, 7];

function candidatesOf({ outputs }: Graph, makers: ReadonlyMap<string, Node>, named: string | undefined): Candidate[] {
  const own = (each: ValueInfo): Candidate => ({
    output: each.name,
    isWhole: WHOLE.includes(each.type ?? 0),
    isOwn: true,
  });
  if (named !== undefined) {
    const found = outputs.find(({ name }) => name === named);
    if (found !== undefined) return [own(found)];
    const known = outputs.map(({ name }) => name).join(', ');
    throw refuse(`the model has no output ${JSON.stringify(named)}`, `Its outputs are: ${known}.`);
  }
  const scores = outputs.filter(({ type }) => type !== undefined && FLOATS.includes(type));
  if (scores.length > 0) return scores.map(own);
  // Classifiers of trees and lines give a map from names to probabilities: what the map was made of is a tensor.
  const maps = outputs.flatMap(({ name }) => {
    const maker = makers.get(name);
    return maker?.op === 'ZipMap' ? [{ output: maker.inputs[0]!, isWhole: false, isOwn: false }] : [];
  });
  if (maps.length > 0) return maps;
  const readable = outputs.filter(({ type, written }) => written === undefined && (type === undefined || type !== 8));
  if (readable.length > 0) return readable.map(own);
  throw refuse(
    outputs.length === 0 ? 'the model has no output' : 'none of its outputs is a tensor of numbers',
    'It must be a classifier that gives scores, probabilities or the numbers of classes.',
  );
}

/**
 * @param named - an output by name, where another is meant than the one that looks like scores
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
  return { input, candidates: candidatesOf(graph, madeBy(graph), named) };
}

/** Looks behind an output for what its softmax or sigmoid is made of. */
export function findEnding(graph: Graph, output: string): Ending {
  const makers = madeBy(graph);
  let last = makers.get(output);
  while (last !== undefined && FORMS.has(last.op)) last = makers.get(last.inputs[0] ?? '');
  const ends = last?.op === 'Softmax' ? 'softmax' : last?.op === 'Sigmoid' ? 'sigmoid' : 'plain';
  return { ends, logits: ends === 'plain' ? output : last!.inputs[0]! };
}
