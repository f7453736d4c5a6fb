// Models that answer by chance, attacked in the mean: every answer is the average of several.
import type { Gradients, LossAnswer, Target } from '../target.ts';

function addInto(sum: Float64Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}

/** Averages what `ask` gives, field by field. */
async function meanOf<K extends string>(
  queries: number,
  ask: () => Promise<Readonly<Record<K, Float32Array>>>,
): Promise<Record<K, Float32Array>> {
  const sums: Partial<Record<K, Float64Array>> = {};
  let last = await ask();
  for (let query = 1; ; query++) {
    for (const key in last) addInto((sums[key] ??= new Float64Array(last[key].length)), last[key]);
    if (query === queries) break;
    last = await ask();
  }
  const means = {} as Record<K, Float32Array>;
  for (const key in last) means[key] = Float32Array.from(sums[key]!, (sum) => sum / queries);
  return means;
}

/**
 * A target whose slopes, losses and scores are means over `queries` queries (expectation over transformation: Athalye et al. 2018,
 * Synthesizing Robust Adversarial Examples). Each counts. Closing it closes the target.
 * @param signal - stops it between two queries
 */
export function withExpectation(target: Target, queries: number, signal?: AbortSignal): Target {
  const { gradients } = target;
  const mean = <K extends string>(
    ask: () => Promise<Readonly<Record<K, Float32Array>>>,
  ): ReturnType<typeof meanOf<K>> =>
    meanOf(queries, async () => {
      signal?.throwIfAborted();
      return await ask();
    });
  const averaged: Gradients | undefined = gradients && {
    ofLoss: (...asked) =>
      mean<keyof LossAnswer>(async () => {
        const { scores, loss, gradient } = await gradients.ofLoss(...asked);
        return { scores, loss, gradient };
      }),
    ofScores: (...asked) =>
      mean<'scores' | 'gradient'>(async () => {
        const { scores, gradient } = await gradients.ofScores(...asked);
        return { scores, gradient };
      }),
  };
  return {
    name: target.name,
    shape: target.shape,
    classes: target.classes,
    gives: target.gives,
    scores: async (batch) => (await mean(async () => ({ scores: await target.scores(batch) }))).scores,
    ...(averaged && { gradients: averaged }),
    close: () => target.close(),
  };
}
