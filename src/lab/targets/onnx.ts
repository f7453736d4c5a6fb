// An ONNX file as a target: asked as it is, and differentiated where every operator has a rule.
import { AncileError, toAncileError } from '../../base/index.ts';
import type { Builder } from '../../onnx/index.ts';
import {
  FLOAT,
  type Feed,
  type Model,
  type OpenGradient,
  type OpenSession,
  encodeModel,
  losses,
  openGradient,
  openSession,
  prepare,
  prune,
  readModel,
} from '../../onnx/index.ts';
import type { Batch, Gradients, LossName, Output, Target } from '../target.ts';
import { type Classifier, findClassifier } from './onnx-model.ts';
import { type FeedType, fitShape, toFeed } from './onnx-input.ts';

export interface OnnxTargetOptions {
  /** Threads that compute one operator; default 1. */
  readonly threads?: number;
  /** Of one sample of the data, without the batch. */
  readonly shape: readonly number[];
  /** One sample that the model can be tried with. */
  readonly example: Float32Array;
  /** The output with the scores, where the first one of floats is not what is meant. */
  readonly output?: string;
  /** What the output is, where it is not told by the model's last operator or its numbers. */
  readonly gives?: Output;
  /** Needed where the model gives nothing but labels. */
  readonly classes?: number;
}

interface Scores {
  readonly data: Float32Array;
  readonly columns: number;
}

/** A session and how it is asked: in batches of a size of its own, if it has one. */
interface Asked {
  readonly session: OpenSession;
  readonly input: string;
  readonly type: FeedType;
  readonly shape: readonly number[];
  readonly fixed: number | undefined;
}

/** Runs in pieces of the model's own size; what is missing of the last is filled with its first sample. */
async function inPieces(
  { fixed }: Pick<Asked, 'fixed'>,
  count: number,
  run: (from: number, to: number, size: number) => Promise<void>,
): Promise<void> {
  const size = fixed ?? count;
  for (let from = 0; from < count; from += size) await run(from, Math.min(count, from + size), size);
}

function piece(batch: Batch, from: number, to: number, size: number): Float32Array {
  const each = batch.data.length / batch.count;
  const slice = batch.data.subarray(from * each, to * each);
  if (to - from === size) return slice;
  const filled = new Float32Array(size * each);
  filled.set(slice);
  for (let i = to - from; i < size; i++) filled.set(slice.subarray(0, each), i * each);
  return filled;
}

/** One piece is what it is, without being copied. */
function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function feedOf({ type, shape }: Asked, data: Float32Array, count: number): Feed {
  return toFeed(type, data, [count, ...shape]);
}

async function askScores(asked: Asked, output: string, batch: Batch): Promise<Scores> {
  let data: Float32Array | undefined;
  let columns = 0;
  await inPieces(asked, batch.count, async (from, to, size) => {
    const given = feedOf(asked, piece(batch, from, to, size), size);
    const value = (await asked.session.run({ [asked.input]: given }, [output]))[output]!;
    const flat = value.data;
    if (value.dims[0] !== size && flat.length !== size) {
      throw new AncileError('model_invalid', `its output is of the shape ${value.dims.join(' x ')}`, {
        at: output,
        hint: `Expected a row for each of ${size} samples: one score for each class.`,
      });
    }
    columns = flat.length / size;
    data ??= new Float32Array(batch.count * columns);
    for (let i = 0; i < (to - from) * columns; i++) data[from * columns + i] = Number(flat[i]);
  });
  return { data: data ?? new Float32Array(), columns };
}

/** Whether rows are shares of one. */
function areShares({ data, columns }: Scores): boolean {
  for (let row = 0; row < data.length; row += columns) {
    let sum = 0;
    for (let i = 0; i < columns; i++) {
      if (!(data[row + i]! >= 0 && data[row + i]! <= 1.0001)) return false;
      sum += data[row + i]!;
    }
    if (columns > 1 && Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
}

/** One column stands for the second of two classes: as a share, or as a logit over nothing. */
function asTwo({ data, columns }: Scores, gives: Output): Scores {
  if (columns !== 1) return { data, columns };
  const two = new Float32Array(data.length * 2);
  data.forEach((value, i) => {
    two[i * 2] = gives === 'probabilities' ? 1 - value : 0;
    two[i * 2 + 1] = value;
  });
  return { data: two, columns: 2 };
}

function asLabels(labels: Float32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    if (label >= 0 && label < classes) rows[i * classes + label] = 1;
  });
  return rows;
}

/** Logits as count x classes: whatever axes of one the model leaves, and one column as two. */
function logitsOf(build: Builder, value: string, columns: number): string {
  const rows = build.reshape(build.cast(value, FLOAT), [-1, columns]);
  if (columns > 1) return rows;
  return build.op('Concat', [build.mul(rows, build.scalar(0)), rows], { axis: 1 });
}

function rowsAt(classes: Int32Array, width: number): Float32Array {
  const rows = new Float32Array(classes.length * width);
  classes.forEach((at, i) => (rows[i * width + at] = 1));
  return rows;
}

type LossNodes = (build: Builder, logits: string, isTargeted: boolean, classes: number) => string;

const LOSSES: Readonly<Record<LossName | 'weights', LossNodes>> = {
  'cross-entropy': losses.crossEntropy,
  margin: losses.margin,
  // The ratio is over three logits at least.
  dlr: (build, logits, isTargeted, classes) =>
    classes < 3 ? losses.margin(build, logits, isTargeted) : losses.logitsRatio(build, logits, isTargeted, classes),
  weights: losses.weighted,
};

interface GradientSource {
  readonly model: Model;
  readonly classifier: Classifier;
  readonly asked: Asked;
  readonly example: Float32Array;
  /** Numbers that the model gives for each sample, and classes that these stand for. */
  readonly columns: number;
  readonly classes: number;
  readonly threads: number;
}

/** @throws AncileError `model_invalid` naming the operator that has no rule */
async function openGradients(source: GradientSource): Promise<Gradients> {
  const { model, classifier, asked, example, columns, classes, threads } = source;
  const counts = asked.fixed === undefined ? [2, 3] : [asked.fixed];
  const sampleInput = (count: number): Feed => {
    const data = new Float32Array(example.length * count);
    for (let i = 0; i < count; i++) data.set(example, i * example.length);
    return feedOf(asked, data, count);
  };
  const sample = (count: number): Record<string, Feed> => ({ [asked.input]: sampleInput(count) });
  const prepared = await prepare(model, { output: classifier.logits, sample, counts });
  const open = new Map<string, Promise<OpenGradient & { readonly logits: string }>>();

  async function make(loss: LossName | 'weights', isTargeted: boolean) {
    const names = loss === 'weights' ? [losses.WEIGHTS] : [losses.LABEL, ...(isTargeted ? [losses.TARGET] : [])];
    let logits = '';
    const made = await openGradient({
      prepared,
      inputs: names.map((name) => losses.rowsOf(name, classes)),
      build: (build, value) => {
        logits = logitsOf(build, value, columns);
        return { loss: LOSSES[loss](build, logits, isTargeted, classes), shown: [logits] };
      },
      by: [asked.input],
      sample: (count) => {
        const rows = new Float32Array(count * classes);
        for (let i = 0; i < count; i++) rows[i * classes] = 1;
        const given = names.map((name) => [name, { type: 'float32', data: rows, dims: [count, classes] } as Feed]);
        return { ...sample(count), ...(Object.fromEntries(given) as Record<string, Feed>) };
      },
      counts,
      session: { threads },
    });
    if (made.gradients[0] === undefined) {
      throw new AncileError('model_invalid', 'the scores do not change smoothly with the input: there is no gradient', {
        at: classifier.logits,
        hint: 'Attacks that only ask the model work on it: square, hopskipjump, simba.',
      });
    }
    return { ...made, logits };
  }

  function opened(loss: LossName | 'weights', isTargeted: boolean) {
    const key = `${loss}:${isTargeted}`;
    const known = open.get(key) ?? make(loss, isTargeted);
    open.set(key, known);
    return known;
  }

  async function compute(
    batch: Batch,
    { session, loss, logits, gradients }: OpenGradient & { readonly logits: string },
    rows: Readonly<Record<string, Float32Array>>,
  ) {
    const shown = [logits, loss, gradients[0]!];
    const parts = shown.map((): Float32Array[] => []);
    await inPieces(asked, batch.count, async (from, to, count) => {
      const feeds: Record<string, Feed> = { [asked.input]: feedOf(asked, piece(batch, from, to, count), count) };
      for (const [row, data] of Object.entries(rows)) {
        const part = piece({ data, count: batch.count }, from, to, count);
        feeds[row] = { type: 'float32', data: part, dims: [count, classes] };
      }
      const values = await session.run(feeds, shown);
      for (const [i, value] of shown.entries()) {
        const { data } = values[value]!;
        const numbers = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
        parts[i]!.push(numbers.subarray(0, (numbers.length / count) * (to - from)));
      }
    });
    const [scores, each, gradient] = parts.map(joined) as [Float32Array, Float32Array, Float32Array];
    return { scores, loss: each, gradient };
  }

  // Seen to work before anybody depends on it.
  await opened('cross-entropy', false);
  return {
    async ofLoss(loss, batch, labels, targets) {
      const rows = {
        [losses.LABEL]: rowsAt(labels, classes),
        ...(targets === undefined ? {} : { [losses.TARGET]: rowsAt(targets, classes) }),
      };
      return compute(batch, await opened(loss, targets !== undefined), rows);
    },
    async ofScores(batch, weights) {
      return compute(batch, await opened('weights', false), { [losses.WEIGHTS]: weights });
    },
  };
}

function chooseGives(classifier: Classifier, first: Scores, isWhole: boolean): Output {
  if (isWhole && first.columns === 1) return 'labels';
  if (classifier.ends !== 'plain') return 'probabilities';
  return first.columns > 1 && areShares(first) ? 'probabilities' : 'logits';
}

/**
 * Opens a model file.
 * @throws AncileError `model_invalid` where it is no classifier of such samples; `not_found`; `config_invalid` without a runtime
 */
export async function openOnnxTarget(file: string, options: OnnxTargetOptions): Promise<Target> {
  const { threads = 1, example } = options;
  const { model } = readModel(file);
  const classifier = findClassifier(model.graph, options.output);
  const { shape, fixed, type } = fitShape(classifier.input, options.shape);
  const { irVersion, opsets, graph } = model;
  const source = classifier.isOwn ? file : encodeModel({ irVersion, opsets, graph: prune(graph, [classifier.output]) });
  const session = await openSession(source, { threads });
  const asked: Asked = { session, input: classifier.input.name, type, shape, fixed };
  const first = await askScores(asked, classifier.output, { data: example, count: 1 });
  const info = graph.outputs.find(({ name }) => name === classifier.output);
  const isWhole = info?.type === 7 || info?.type === 6;
  const gives = options.gives ?? chooseGives(classifier, first, isWhole);
  const classes = gives === 'labels' && first.columns === 1 ? options.classes : Math.max(2, first.columns);
  if (classes === undefined) {
    throw new AncileError('model_invalid', 'the model gives labels, and nobody says how many there are', {
      at: classifier.output,
    });
  }
  const target = {
    name: file,
    shape: options.shape,
    classes,
    gives,
    async scores(batch: Batch) {
      const given = await askScores(asked, classifier.output, batch);
      return gives === 'labels' && given.columns === 1 ? asLabels(given.data, classes) : asTwo(given, gives).data;
    },
    close: () => Promise.resolve(),
  };
  if (gives === 'labels') return target;
  try {
    const { columns } = first;
    const gradients = await openGradients({ model, classifier, asked, example, columns, classes, threads });
    return { ...target, gradients };
  } catch (thrown) {
    return { ...target, noGradients: toAncileError(thrown, 'model_invalid') };
  }
}
