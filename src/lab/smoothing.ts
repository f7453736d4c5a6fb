// Certificates by randomised smoothing: within what l2 distance no move whatever changes what a model says of a sample in noise.
import { clopperPearsonLower, fairCoinChance, normalQuantile } from '../stats/index.ts';
import { classOf } from './evasion/standing.ts';
import { Stream } from './evasion/stream.ts';
import { type Batch, sizeOf, type Target } from './target.ts';

export interface SmoothingOptions {
  /** Standard deviation of the noise, in the sample's own units. */
  readonly sigma: number;
  /** Noisy copies that choose the class; Cohen et al. take 100. */
  readonly selection?: number;
  /** Noisy copies that bound its share; Cohen et al. take 100,000. */
  readonly estimation?: number;
  /** How often a certificate may be wrong. */
  readonly alpha?: number;
  readonly seed: number;
  /** Copies asked at once. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** What is certain (but for `alpha`) of the smoothed model at a sample. */
export interface Certificate {
  /** The class that noise leaves it; undefined where it could not be told. */
  readonly label: number | undefined;
  /** The smoothed model says the same within this l2 distance; 0 without a label. */
  readonly radius: number;
  /** What the share of the class is at least. */
  readonly share: number;
}

/** Counts the classes of noisy copies of a sample. */
async function countClasses(
  target: Target,
  sample: Float32Array,
  copies: number,
  options: SmoothingOptions,
  stream: Stream,
): Promise<Int32Array> {
  const { sigma, batchSize = 256, signal } = options;
  const size = sample.length;
  const counts = new Int32Array(target.classes);
  const data = new Float32Array(Math.min(batchSize, copies) * size);
  for (let done = 0; done < copies;) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, copies - done);
    for (let i = 0; i < count * size; i++) data[i] = sample[i % size]! + sigma * stream.normal();
    const scores = await target.scores({ data: data.subarray(0, count * size), count });
    for (let k = 0; k < count; k++) counts[classOf(scores, k, target.classes)]!++;
    done += count;
  }
  return counts;
}

function greatest(counts: Int32Array, but = -1): number {
  let best = but === 0 ? 1 : 0;
  for (let c = 0; c < counts.length; c++) if (c !== but && counts[c]! > counts[best]!) best = c;
  return best;
}

/**
 * Certifies each sample (Cohen, Rosenfeld and Kolter 2019, Certified Adversarial Robustness via Randomized Smoothing: CERTIFY). It holds of
 * the smoothed model, which answers by the majority over noise, not of the model itself; asks labels alone.
 * @throws BudgetSpent, what the target throws, AbortError
 */
export async function certify(target: Target, batch: Batch, options: SmoothingOptions): Promise<Certificate[]> {
  const { sigma, selection = 100, estimation = 10_000, alpha = 0.001 } = options;
  const size = sizeOf(target);
  const certificates: Certificate[] = [];
  for (let i = 0; i < batch.count; i++) {
    const sample = batch.data.subarray(i * size, (i + 1) * size);
    const stream = new Stream(options.seed + i);
    const label = greatest(await countClasses(target, sample, selection, options, stream));
    const hits = (await countClasses(target, sample, estimation, options, stream))[label]!;
    const share = clopperPearsonLower(hits, estimation, alpha);
    if (share > 0.5) certificates.push({ label, radius: sigma * normalQuantile(share), share });
    else certificates.push({ label: undefined, radius: 0, share });
  }
  return certificates;
}

/**
 * The smoothed model's answer, undefined where the two most frequent classes cannot be told apart with `alpha` (the same: PREDICT).
 * @throws as `certify`
 */
export async function predictSmoothed(
  target: Target,
  batch: Batch,
  options: SmoothingOptions,
): Promise<(number | undefined)[]> {
  const { estimation = 1000, alpha = 0.001 } = options;
  const size = sizeOf(target);
  const answers: (number | undefined)[] = [];
  for (let i = 0; i < batch.count; i++) {
    const sample = batch.data.subarray(i * size, (i + 1) * size);
    const counts = await countClasses(target, sample, estimation, options, new Stream(options.seed + i));
    const first = greatest(counts);
    const second = greatest(counts, first);
    const sure = fairCoinChance(counts[first]!, counts[first]! + counts[second]!) <= alpha;
    answers.push(sure ? first : undefined);
  }
  return answers;
}
