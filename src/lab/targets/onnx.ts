// An ONNX file as a target: asked as it is, and differentiated where every operator has a rule.
import { AncileError, toAncileError } from '../../base/index.ts';
import { type Graph, blame, encodeModel, forRuntime, openSession, prune, readModel } from '../../onnx/index.ts';
import type { Batch, Output, Target } from '../target.ts';
import { type Asked, type Scores, areShares, asLabels, asTwo, askScores } from './onnx-ask.ts';
import { type GradientSource, openGradients } from './onnx-gradients.ts';
import { checkWhole, fitShape } from './onnx-input.ts';
import { openOnnxMargins } from './onnx-margins.ts';
import { type Candidate, type Ending, findClassifier, findEnding } from './onnx-model.ts';

export interface OnnxTargetOptions {
  /** Threads that compute one operator; default 1. */
  readonly threads?: number;
  /** Of one sample of the data, without the batch. */
  readonly shape: readonly number[];
  /** Samples that the model can be tried with, one or more: what it gives is seen from its answers. */
  readonly example: Float32Array;
  /** The output with the scores, where another is meant than the one that looks like them. */
  readonly output?: string;
  /** What the output is, where it is not told by the model's last operator or its numbers. */
  readonly gives?: Output;
  /** As many as the data has: needed where the model gives nothing but labels, and to know the scores among several outputs. */
  readonly classes?: number;
  /** False where nobody will ask for them: they take time and memory to prepare. */
  readonly gradients?: boolean;
}

interface Chosen extends Candidate {
  readonly first: Scores;
}

/** The output whose rows are as wide as the data has classes; of several the first, and without any the first at all. */
async function chooseOutput(
  asked: Asked,
  candidates: readonly Candidate[],
  examples: Batch,
  classes: number | undefined,
): Promise<Chosen> {
  const answered: Chosen[] = [];
  let refusal: unknown;
  for (const candidate of candidates) {
    try {
      answered.push({ ...candidate, first: await askScores(asked, candidate.output, examples) });
    } catch (thrown) {
      refusal ??= thrown;
    }
  }
  const fits = ({ first: { columns } }: Chosen): boolean => columns === classes || (columns === 1 && classes === 2);
  const wide = ({ first: { columns } }: Chosen): boolean => columns > (classes ?? 1);
  const chosen = answered.find(fits) ?? answered.find(wide) ?? answered[0];
  if (chosen === undefined) throw refusal;
  return chosen;
}

/** With fewer answers one column between 0 and 1 says nothing. */
const FEWEST_SHARES = 4;

function chooseGives({ first, isWhole }: Chosen, { ends }: Ending): Output {
  if (isWhole && first.columns === 1) return 'labels';
  if (ends === 'plain' && first.columns === 1 && first.data.length < FEWEST_SHARES) return 'logits';
  if (ends === 'sigmoid' || areShares(first)) return 'probabilities';
  return 'logits';
}

/** Whether it computes several samples at once as it says: some files are written for one, whatever their batch is called. */
async function takesMany(asked: Asked, outputs: readonly string[], example: Float32Array): Promise<boolean> {
  const data = new Float32Array(example.length * 2);
  data.set(example);
  data.set(example, example.length);
  for (const output of outputs) {
    try {
      const { columns } = await askScores(asked, output, { data, count: 2 });
      if (columns === (await askScores(asked, output, { data: example, count: 1 })).columns) return true;
    } catch {
      // Another output may be the one with the scores; what is wrong with all of them is seen when one sample is asked about.
    }
  }
  return false;
}

/** What the runtime refuses, with the node that it is about. */
async function blaming<T>(graph: Graph, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw thrown instanceof AncileError ? blame(thrown, graph) : thrown;
  }
}

/**
 * Opens a model file.
 * @throws AncileError `model_invalid` where it is no classifier of such samples; `not_found`; `config_invalid` without a runtime
 */
export async function openOnnxTarget(file: string, options: OnnxTargetOptions): Promise<Target> {
  const { threads = 1 } = options;
  const { model: written, beside } = readModel(file);
  const { model, isChanged } = forRuntime(written);
  const { input, candidates } = findClassifier(model.graph, options.output);
  const { shape, fixed, type } = fitShape(input, options.shape);
  const outputs = candidates.map(({ output }) => output);
  const isFile = !isChanged && candidates.every(({ isOwn }) => isOwn);
  const source = isFile ? file : encodeModel({ ...model, graph: prune(model.graph, outputs) });
  const session = await blaming(model.graph, () => openSession(source, { threads }));
  const size = shape.reduce((product, dim) => product * dim, 1);
  const example = options.example.subarray(0, size);
  const isWhole = type !== 'float32' && type !== 'float64';
  if (isWhole) checkWhole(options.example, type);
  let asked: Asked = { session, input: input.name, type, shape, fixed };
  if (fixed === undefined && !(await takesMany(asked, outputs, example))) asked = { ...asked, fixed: 1 };
  const examples = { data: options.example, count: options.example.length / size };
  const chosen = await blaming(model.graph, () => chooseOutput(asked, candidates, examples, options.classes));
  const { output, first } = chosen;
  const ending = findEnding(model.graph, output);
  const gives = options.gives ?? chooseGives(chosen, ending);
  const classes = gives === 'labels' && first.columns === 1 ? options.classes : Math.max(2, first.columns);
  if (classes === undefined) {
    throw new AncileError('model_invalid', 'the model gives labels, and nobody says how many there are', {
      at: output,
    });
  }
  // A softmax over other numbers than the classes is an operator like others.
  const isBehind = ending.ends === 'sigmoid' || (ending.ends === 'softmax' && gives === 'probabilities');
  const parts: GradientSource = {
    model,
    value: isBehind ? ending.logits : output,
    scale: gives === 'probabilities' && !isBehind ? 'probabilities' : 'logits',
    ...{ asked, example, columns: first.columns, classes, threads },
  };
  const target = {
    name: file,
    shape: options.shape,
    classes,
    gives,
    ...(isWhole ? { isWhole } : {}),
    ...(beside.length === 0 ? {} : { beside }),
    async scores(batch: Batch) {
      const given = await askScores(asked, output, batch);
      return gives === 'labels' && given.columns === 1 ? asLabels(given.data, classes) : asTwo(given, gives).data;
    },
    ...(gives === 'labels' ? {} : { openMargins: () => openOnnxMargins(parts) }),
    close: () => Promise.resolve(),
  };
  if (gives === 'labels' || options.gradients === false) return target;
  try {
    return { ...target, gradients: await openGradients(parts) };
  } catch (thrown) {
    return { ...target, noGradients: toAncileError(thrown, 'model_invalid') };
  }
}
