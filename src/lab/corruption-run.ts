// What is left of the accuracy where nobody attacks: each corruption at each severity, over all samples.
import type { Scorecard } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import type { Space } from './attack.ts';
import { countQueries } from './budget.ts';
import { SEVERITIES, corrupt, corruptionsOf } from './corruptions.ts';
import type { Samples } from './data/samples.ts';
import { toClasses } from './judge.ts';
import type { RunOptions } from './run.ts';
import { type Target, sizeOf } from './target.ts';

export interface CorruptionOutcome {
  readonly results: NonNullable<Scorecard['corruptions']>;
  readonly queries: number;
}

/**
 * Asks about all samples once for each corruption and severity; stopped, it ends with those that it has whole.
 * @throws what the target throws
 */
export async function runCorruptions(
  target: Target,
  samples: Samples,
  space: Space,
  { seed, batch, signal, onProgress }: Pick<RunOptions, 'seed' | 'batch' | 'signal' | 'onProgress'>,
): Promise<CorruptionOutcome> {
  const asked = countQueries(target, {});
  const size = sizeOf(target);
  const { count, labels } = samples;
  const results: NonNullable<Scorecard['corruptions']> = [];
  for (const name of corruptionsOf(target)) {
    for (const severity of SEVERITIES) {
      const data = corrupt(name, severity, target, { data: samples.x, count }, space, seed);
      let correct = 0;
      for (let start = 0; start < count; start += batch) {
        if (signal.aborted) return { results, queries: asked.queries };
        const part = Math.min(batch, count - start);
        const scores = await asked.scores({ data: data.subarray(start * size, (start + part) * size), count: part });
        toClasses(scores, target.classes).forEach((predicted, i) => {
          if (predicted === labels[start + i]) correct++;
        });
        onProgress?.({ what: `${name} ${severity}`, done: start + part, of: count });
      }
      results.push({ name, severity, accuracy: correct / count, interval: wilson(correct, count) });
    }
  }
  return { results, queries: asked.queries };
}
