// What is proved of a model, and not only not refuted: interval bounds hold of the model itself within each eps of linf, smoothing of
// the model's majority over noise, within l2.
import { AncileError } from '../base/index.ts';
import type { LabCertificates } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import type { Space } from './attack.ts';
import { countQueries } from './budget.ts';
import type { Samples } from './data/samples.ts';
import { median } from './distance.ts';
import type { RunOptions } from './run.ts';
import { certify } from './smoothing.ts';
import { type Target, sizeOf } from './target.ts';

/** A margin counts where it is above what rounding in single precision may have made of it. */
const ROUNDING = 1e-4;
const ALPHA = 0.001;
/** Radii that are told, in sigmas. */
const RADII = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];

export interface CertifyOptions extends Pick<RunOptions, 'eps' | 'seed' | 'batch' | 'signal' | 'onProgress'> {
  readonly space: (eps: number) => Space;
  /** Samples from the beginning. */
  readonly samples: number;
  /** Standard deviation of the noise; needed for smoothing. */
  readonly sigma?: number | undefined;
  /** Noisy copies of each sample. */
  readonly copies: number;
}

/** @throws AbortError; AncileError `model_invalid` naming the operator without bounds, `usage` where the target is no file */
export async function certifyByIntervals(
  target: Target,
  { x, labels }: Samples,
  options: CertifyOptions,
): Promise<LabCertificates> {
  if (target.openMargins === undefined) {
    throw new AncileError('usage', '--certify interval needs an ONNX file that gives scores', {
      hint: 'Of a model that can only be asked: --certify smoothing --sigma.',
    });
  }
  const margins = await target.openMargins();
  const size = sizeOf(target);
  const curve: LabCertificates['curve'] = [];
  const of = (bound: number | Float32Array, j: number): number => (typeof bound === 'number' ? bound : bound[j]!);
  for (const eps of [...options.eps].sort((a, b) => a - b)) {
    const space = options.space(eps);
    let certain = 0;
    for (let start = 0; start < options.samples; start += options.batch) {
      options.signal.throwIfAborted();
      const count = Math.min(options.batch, options.samples - start);
      const part = x.subarray(start * size, (start + count) * size);
      const isFree = (i: number): boolean => space.mutable === undefined || space.mutable[i % size] === 1;
      // Rounded outwards: the box is not smaller than what is said.
      const wide = eps * (1 + 1e-6);
      const low = part.map((value, i) =>
        isFree(i) ? Math.min(value, Math.max(value - wide, of(space.low, i % size))) : value,
      );
      const high = part.map((value, i) =>
        isFree(i) ? Math.max(value, Math.min(value + wide, of(space.high, i % size))) : value,
      );
      const found = await margins(low, high, labels.subarray(start, start + count));
      certain += found.filter((margin) => margin > ROUNDING).length;
      options.onProgress?.({ what: `interval bounds within ${eps}`, done: start + count, of: options.samples });
    }
    const share = certain / options.samples;
    curve.push({ radius: eps, certifiedAccuracy: share, interval: wilson(certain, options.samples) });
  }
  return { method: 'interval', norm: 'linf', samples: options.samples, curve };
}

/** @throws what the target throws, AbortError */
export async function certifyBySmoothing(
  target: Target,
  samples: Samples,
  options: CertifyOptions & { readonly sigma: number },
): Promise<LabCertificates> {
  const { sigma, copies, seed, batch, signal } = options;
  const asked = countQueries(target, {});
  const size = sizeOf(target);
  const radii: number[] = [];
  let abstained = 0;
  let right = 0;
  for (let i = 0; i < options.samples; i++) {
    const data = samples.x.subarray(i * size, (i + 1) * size);
    const settings = { sigma, estimation: copies, alpha: ALPHA, seed: seed + i, batchSize: batch, signal };
    const [found] = await certify(asked, { data, count: 1 }, settings);
    if (found!.label === undefined) abstained++;
    if (found!.label === samples.labels[i]) {
      right++;
      radii.push(found!.radius);
    }
    options.onProgress?.({ what: 'smoothing', done: i + 1, of: options.samples });
  }
  const curve = RADII.map((each) => {
    const radius = each * sigma;
    const certain = radii.filter((found) => found >= radius).length;
    return { radius, certifiedAccuracy: certain / options.samples, interval: wilson(certain, options.samples) };
  });
  return {
    method: 'smoothing',
    norm: 'l2',
    samples: options.samples,
    ...{ sigma, copies, alpha: ALPHA, abstained, queries: asked.queries },
    smoothedAccuracy: right / options.samples,
    ...(radii.length === 0 ? {} : { medianRadius: median(radii) }),
    curve,
  };
}
