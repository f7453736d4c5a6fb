// Common corruptions: what samples meet without an attacker, at five severities; the scorecard has the accuracy under each.
import type { Space } from './attack.ts';
import { fromPlanes, isChannelsLast, toPlanes } from './channels.ts';
import { defocusBlur, gaussianBlur, glassBlur, motionBlur, zoomBlur } from './corruption/blur.ts';
import { elastic, jpeg, pixelate, rotate, translate } from './corruption/digital.ts';
import type { Corrupt, Severity } from './corruption/image.ts';
import { brightness, contrast } from './corruption/light.ts';
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from './corruption/noise.ts';
import { columnsOf, type CorruptRow, missing, noise, swap } from './corruption/table.ts';
import { fog, frost, snow } from './corruption/weather.ts';
import { Stream } from './evasion/stream.ts';
import type { Batch, Target } from './target.ts';

export type { Severity } from './corruption/image.ts';

export const SEVERITIES: readonly Severity[] = [1, 2, 3, 4, 5];

/**
 * Of images: the fifteen of Hendrycks and Dietterich 2019 with their strengths (each says where it differs), two of their further set, and
 * two of our own.
 */
const IMAGE: ReadonlyMap<string, Corrupt> = new Map(
  Object.entries({
    'gaussian-noise': gaussianNoise,
    'shot-noise': shotNoise,
    'impulse-noise': impulseNoise,
    'speckle-noise': speckleNoise,
    'defocus-blur': defocusBlur,
    'glass-blur': glassBlur,
    'motion-blur': motionBlur,
    'zoom-blur': zoomBlur,
    'gaussian-blur': gaussianBlur,
    snow,
    frost,
    fog,
    brightness,
    contrast,
    elastic,
    pixelate,
    jpeg,
    rotate,
    translate,
  }),
);

/** Of rows of tables. */
const TABLE: ReadonlyMap<string, CorruptRow> = new Map(Object.entries({ noise, missing, swap }));

const isImage = ({ shape }: Pick<Target, 'shape'>): boolean => shape.length === 3;

/** The corruptions that there are for a target's samples. */
export function corruptionsOf(target: Pick<Target, 'shape'>): readonly string[] {
  return [...(isImage(target) ? IMAGE : TABLE).keys()];
}

/** FNV-1a, so that each corruption draws for itself. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

/**
 * Corrupts copies of all samples; the same for the same seed. Images are taken to the range 0 to 1 by the bounds of the space (where
 * these are finite) and back; rows of tables are repaired, and numbers that may not change do not.
 * @param first - index of the batch's first sample among all: batches in a row come out as one would
 * @throws RangeError of a corruption that the target's samples do not have
 */
export function corrupt(
  name: string,
  severity: Severity,
  target: Pick<Target, 'shape'>,
  batch: Batch,
  space: Space,
  seed: number,
  first = 0,
): Float32Array {
  const image = isImage(target) ? IMAGE.get(name) : undefined;
  const row = isImage(target) ? undefined : TABLE.get(name);
  if (image === undefined && row === undefined) throw new RangeError(`no corruption "${name}" of such samples`);
  const size = batch.count === 0 ? 0 : batch.data.length / batch.count;
  const { shape } = target;
  const isLast = image !== undefined && isChannelsLast(shape);
  const [channels = 1, height = 1, width = 1] = isLast ? [shape[2], shape[0], shape[1]] : shape;
  const columns = columnsOf(batch.data, row === undefined ? 0 : size);
  const data = Float32Array.from(batch.data);
  for (let i = 0; i < batch.count; i++) {
    const stream = new Stream((seed + Math.imul(first + i + 1, 0x9e3779b1)) ^ hash(`${name} ${severity}`));
    const sample = data.subarray(i * size, (i + 1) * size);
    const original = batch.data.subarray(i * size, (i + 1) * size);
    if (image !== undefined) {
      normalise(sample, space, true);
      const planes = isLast ? toPlanes(sample, shape) : sample;
      image({ channels, height, width, data: planes }, severity, stream);
      if (isLast) fromPlanes(planes, shape, sample);
      for (let j = 0; j < size; j++) sample[j] = Math.min(1, Math.max(0, sample[j]!));
      normalise(sample, space, false);
    } else row!(sample, columns, severity, stream);
    settle(sample, original, space);
  }
  return data;
}

const at = (bound: number | Float32Array, j: number): number => (typeof bound === 'number' ? bound : bound[j]!);

/** To the range 0 to 1, or back. */
function normalise(sample: Float32Array, { low, high }: Space, there: boolean): void {
  for (let j = 0; j < sample.length; j++) {
    const [least, range] = [at(low, j), at(high, j) - at(low, j)];
    if (!(range > 0 && range < Infinity)) continue;
    sample[j] = there ? (sample[j]! - least) / range : least + sample[j]! * range;
  }
}

function settle(sample: Float32Array, original: Float32Array, { low, high, mutable, repair }: Space): void {
  for (let j = 0; j < sample.length; j++) {
    if (mutable?.[j] === 0) sample[j] = original[j]!;
    else sample[j] = Math.min(Math.max(sample[j]!, at(low, j)), at(high, j));
  }
  repair?.(sample, original);
}
