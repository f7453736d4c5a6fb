// Gradients of an ONNX file: a session for each loss, opened when it is first asked for.
import { AncileError } from '../../base/index.ts';
import type { Builder } from '../../onnx/index.ts';
import { FLOAT, type Feed, type Model, type OpenGradient, losses, openGradient, prepare } from '../../onnx/index.ts';
import type { Batch, Gradients, LossName } from '../target.ts';
import { type Asked, feedOf, inPieces, joined, piece, toFloats } from './onnx-ask.ts';

/** What is differentiated: logits, or probabilities whose logits the file does not show. */
export type Scale = 'logits' | 'probabilities';

export interface GradientSource {
  readonly model: Model;
  readonly value: string;
  readonly scale: Scale;
  readonly asked: Asked;
  /** One sample. */
  readonly example: Float32Array;
  /** Numbers that the model gives for each sample, and classes that these stand for. */
  readonly columns: number;
  readonly classes: number;
  readonly threads: number;
}

/** Probabilities below it are taken for it: their logarithm has an end. */
const LEAST_SHARE = 1e-30;

function logOf(build: Builder, shares: string): string {
  return build.op('Log', [build.op('Max', [shares, build.scalar(LEAST_SHARE)])]);
}

/** Logits as count x classes: whatever axes of one the model leaves, one column as two, probabilities by their logarithm. */
function logitsOf(build: Builder, value: string, columns: number, scale: Scale): string {
  const rows = build.reshape(build.cast(value, FLOAT), [-1, columns]);
  if (scale === 'logits') {
    return columns > 1 ? rows : build.op('Concat', [build.zerosLike(rows, FLOAT), rows], { axis: 1 });
  }
  if (columns > 1) return logOf(build, rows);
  const other = build.sub(build.scalar(1), rows);
  return build.op('Concat', [logOf(build, other), logOf(build, rows)], { axis: 1 });
}

export function rowsAt(classes: Int32Array, width: number): Float32Array {
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

/** Batches that the model is tried with: two sizes, where it takes more than one. */
export function samplesFor({ asked, example }: Pick<GradientSource, 'asked' | 'example'>): {
  readonly counts: readonly number[];
  sample(count: number): Record<string, Feed>;
} {
  return {
    counts: asked.fixed === undefined ? [2, 3] : [asked.fixed],
    sample(count) {
      const data = new Float32Array(example.length * count);
      for (let i = 0; i < count; i++) data.set(example, i * example.length);
      return { [asked.input]: feedOf(asked, data, count) };
    },
  };
}

/** @throws AncileError `model_invalid` naming the operator that has no rule */
export async function openGradients(source: GradientSource): Promise<Gradients> {
  const { model, value: differentiated, scale, asked, columns, classes, threads } = source;
  const { counts, sample } = samplesFor(source);
  const prepared = await prepare(model, { output: differentiated, sample, counts });
  const open = new Map<string, Promise<OpenGradient & { readonly logits: string }>>();

  async function make(loss: LossName | 'weights', isTargeted: boolean) {
    const names = loss === 'weights' ? [losses.WEIGHTS] : [losses.LABEL, ...(isTargeted ? [losses.TARGET] : [])];
    let logits = '';
    const made = await openGradient({
      prepared,
      inputs: names.map((name) => losses.rowsOf(name, classes)),
      build: (build, value) => {
        logits = logitsOf(build, value, columns, scale);
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
        at: differentiated,
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
        const numbers = toFloats(values[value]!);
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
