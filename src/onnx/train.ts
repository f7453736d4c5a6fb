// Training a model on the graph that it runs on: the loss and the gradients of all weights in one session, the weights as inputs.
import { openGradient } from './gradient.ts';
import { LABEL, crossEntropy, rowsOf } from './losses.ts';
import type { Model, Tensor } from './model.ts';
import type { Optimiser } from './optimiser.ts';
import { prepare } from './prepare.ts';
import type { Feed } from './session.ts';
import { ownBuffer } from './tensor.ts';

export interface TrainerOptions {
  readonly model: Model;
  readonly input: string;
  /** The value of one row of logits for each sample. */
  readonly logits: string;
  readonly classes: number;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly optimiser: Optimiser;
  /** Names of the initializers that are trained; default all of floats. */
  readonly weights?: readonly string[];
  readonly threads?: number;
}

export interface Trainer {
  /**
   * One step on one batch.
   * @param labels - a row for each sample, 1 at its class or shares that sum to one
   * @returns the mean loss before it
   */
  step(x: Float32Array, labels: Float32Array): Promise<number>;
  /** The gradient of each sample's loss by the sample, with the weights as they are now. */
  inputGradient(x: Float32Array, labels: Float32Array): Promise<Float32Array>;
  /** The model with the weights as they are now. */
  trained(): Model;
}

/** @throws AncileError `model_invalid` naming the node that no rule is there for */
export async function openTrainer(options: TrainerOptions): Promise<Trainer> {
  const { model, input, logits, classes, shape, optimiser, threads = 1 } = options;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const trainable = model.graph.initializers.filter(
    ({ name, type, dims }) => (options.weights?.includes(name) ?? type === 1) && dims.length > 0,
  );
  const weights = new Map(trainable.map((tensor) => [tensor.name, new Float32Array(ownBuffer(tensor.bytes))]));
  const weightFeeds = (): Record<string, Feed> =>
    Object.fromEntries(
      trainable.map(({ name, dims }) => [name, { type: 'float32', data: weights.get(name)!, dims } as Feed]),
    );
  const feeds = (x: Float32Array, labels: Float32Array): Record<string, Feed> => {
    const count = x.length / size;
    return {
      [input]: { type: 'float32', data: x, dims: [count, ...shape] },
      [LABEL]: { type: 'float32', data: labels, dims: [count, classes] },
      ...weightFeeds(),
    };
  };
  const blank = (count: number): Record<string, Feed> =>
    feeds(new Float32Array(count * size), new Float32Array(count * classes).fill(1 / classes));
  const inputOnly = (count: number): Record<string, Feed> => ({ [input]: blank(count)[input]! });
  const prepared = await prepare(model, { output: logits, sample: inputOnly, counts: [2, 3] });
  const names = trainable.map(({ name }) => name);
  const open = await openGradient({
    prepared,
    inputs: [rowsOf(LABEL, classes)],
    build: (build, value) => ({ loss: crossEntropy(build, value, false), shown: [] }),
    by: [input, ...names],
    weights: names,
    sample: blank,
    counts: [2, 3],
    session: { threads },
  });
  const [byInput, ...byWeights] = open.gradients;
  const wanted = byWeights.filter((name) => name !== undefined);
  return {
    async step(x, labels) {
      const count = x.length / size;
      const values = await open.session.run(feeds(x, labels), [open.loss, ...wanted]);
      names.forEach((name, i) => {
        const made = byWeights[i];
        if (made === undefined) return;
        // Of the sum over the batch; a step is by the mean.
        const gradient = Float32Array.from(values[made]!.data as Float32Array, (value) => value / count);
        optimiser.step(name, weights.get(name)!, gradient);
      });
      const losses = values[open.loss]!.data as Float32Array;
      return losses.reduce((sum, loss) => sum + loss, 0) / count;
    },
    async inputGradient(x, labels) {
      return (await open.session.run(feeds(x, labels), [byInput!]))[byInput!]!.data as Float32Array;
    },
    trained() {
      const replaced = (tensor: Tensor): Tensor => {
        const values = weights.get(tensor.name);
        return values === undefined ? tensor : { ...tensor, bytes: new Uint8Array(values.slice().buffer) };
      };
      return { ...model, graph: { ...model.graph, initializers: model.graph.initializers.map(replaced) } };
    },
  };
}
