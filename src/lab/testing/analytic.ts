// Models small enough to be differentiated by hand: what attacks do to them is known without the code under test.
import type { Batch, LossAnswer, LossName, Output, Target } from '../target.ts';

/** A differentiable function to logits, with the product of its Jacobian's transpose and a vector. */
export interface Network {
  readonly size: number;
  readonly classes: number;
  logits(x: ArrayLike<number>): number[];
  /** Gradient of weights . logits by x. */
  pull(x: ArrayLike<number>, weights: readonly number[]): number[];
}

/** Logits are w x + b. */
export function linear(w: readonly (readonly number[])[], b: readonly number[]): Network {
  const size = w[0]!.length;
  const flat = Float64Array.from(w.flat());
  return {
    size,
    classes: w.length,
    logits: (x) => {
      const out = [...b];
      for (let c = 0; c < b.length; c++) for (let j = 0; j < size; j++) out[c]! += flat[c * size + j]! * x[j]!;
      return out;
    },
    pull: (_, weights) => {
      const out = new Array<number>(size).fill(0);
      for (let c = 0; c < b.length; c++) for (let j = 0; j < size; j++) out[j]! += flat[c * size + j]! * weights[c]!;
      return out;
    },
  };
}

/** Two layers with tanh between them. */
export function perceptron(
  first: readonly (readonly number[])[],
  firstBias: readonly number[],
  second: readonly (readonly number[])[],
  secondBias: readonly number[],
): Network {
  const below = linear(first, firstBias);
  const above = linear(second, secondBias);
  return {
    size: below.size,
    classes: above.classes,
    logits: (x) => above.logits(below.logits(x).map(Math.tanh)),
    pull: (x, weights) => {
      const hidden = below.logits(x).map(Math.tanh);
      const back = above.pull(hidden, weights);
      return below.pull(
        x,
        back.map((slope, h) => slope * (1 - hidden[h]! ** 2)),
      );
    },
  };
}

export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp(logit - top));
  const sum = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / sum);
}

const byFall = (values: readonly number[]): number[] =>
  values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);

/** A loss of the logits and its slopes by them, from its definition in the papers. */
export function lossOf(
  name: LossName,
  z: readonly number[],
  y: number,
  target?: number,
): { value: number; slopes: number[] } {
  const slopes = z.map(() => 0);
  const order = byFall(z);
  if (name === 'cross-entropy') {
    const p = softmax(z);
    const aim = target ?? y;
    const sign = target === undefined ? 1 : -1;
    p.forEach((value, c) => (slopes[c] = sign * (value - (c === aim ? 1 : 0))));
    return { value: -sign * Math.log(p[aim]!), slopes };
  }
  const other = target ?? order.find((c) => c !== y)!;
  slopes[other]! += 1;
  slopes[y]! -= 1;
  const gap = z[other]! - z[y]!;
  if (name === 'margin') return { value: gap, slopes };
  const parts: (readonly [number, number])[] =
    target === undefined
      ? [
          [order[0]!, 1],
          [order[2]!, -1],
        ]
      : [
          [order[0]!, 1],
          [order[2]!, -0.5],
          [order[3]!, -0.5],
        ];
  const scale = parts.reduce((sum, [c, weight]) => sum + weight * z[c]!, 1e-12);
  slopes.forEach((slope, c) => (slopes[c] = slope / scale));
  for (const [c, weight] of parts) slopes[c]! -= (gap * weight) / scale ** 2;
  return { value: gap / scale, slopes };
}

interface AnalyticOptions {
  readonly gives?: Output;
  readonly gradients?: boolean;
  readonly shape?: readonly number[];
  /** Added to each logit of each answer. */
  readonly noise?: () => number;
  /** Called before each question, with the rows asked. */
  readonly onAsk?: (batch: Batch) => void;
}

/** Counts rows in `asked`. */
export function analyticTarget(network: Network, options: AnalyticOptions = {}): Target & { asked: number } {
  const { gives = 'logits', shape = [network.size] } = options;
  const { size, classes } = network;
  const rowsOf = (batch: Batch): Float32Array[] => {
    options.onAsk?.(batch);
    target.asked += batch.count;
    return Array.from({ length: batch.count }, (_, i) => batch.data.subarray(i * size, (i + 1) * size));
  };
  const logitsOf = (row: Float32Array): number[] =>
    network.logits(row).map((logit) => logit + (options.noise?.() ?? 0));
  const given = (logits: number[]): number[] => {
    if (gives === 'logits') return logits;
    if (gives === 'probabilities') return softmax(logits);
    return logits.map((_, c) => (c === byFall(logits)[0] ? 1 : 0));
  };
  const answer = (
    batch: Batch,
    each: (row: Float32Array, logits: number[], i: number) => [number, number[]],
  ): LossAnswer => {
    const scores = new Float32Array(batch.count * classes);
    const loss = new Float32Array(batch.count);
    const gradient = new Float32Array(batch.count * size);
    rowsOf(batch).forEach((row, i) => {
      const logits = logitsOf(row);
      const [value, slopes] = each(row, logits, i);
      scores.set(logits, i * classes);
      loss[i] = value;
      gradient.set(network.pull(row, slopes), i * size);
    });
    return { scores, loss, gradient };
  };
  const target: Target & { asked: number } = {
    asked: 0,
    name: 'analytic',
    shape,
    classes,
    gives,
    scores: async (batch) => Float32Array.from(rowsOf(batch).flatMap((row) => given(logitsOf(row)))),
    ...(options.gradients !== false && {
      gradients: {
        ofLoss: async (name, batch, labels, targets) =>
          answer(batch, (_, logits, i) => {
            const { value, slopes } = lossOf(name, logits, labels[i]!, targets?.[i]);
            return [value, slopes];
          }),
        ofScores: async (batch, weights) =>
          answer(batch, (_, __, i) => [0, Array.from(weights.subarray(i * classes, (i + 1) * classes))]),
      },
    }),
    close: async () => {},
  };
  return target;
}
