// Common corruptions: what samples meet without an attacker, at five severities; the scorecard has the accuracy under each.
import type { Space } from './attack.ts';
import { defocusBlur, motionBlur } from './corruption/blur.ts';
import { jpeg, pixelate, rotate, translate } from './corruption/digital.ts';
import type { Corrupt, Severity } from './corruption/image.ts';
import { brightness, contrast, fog } from './corruption/light.ts';
import { gaussianNoise, impulseNoise, shotNoise } from './corruption/noise.ts';
import { columnsOf, type CorruptRow, missing, noise, swap } from './corruption/table.ts';
import { Stream } from './evasion/stream.ts';
import type { Batch, Target } from './target.ts';

export type { Severity } from './corruption/image.ts';

export const SEVERITIES: readonly Severity[] = [1, 2, 3, 4, 5];

/** Of images (channels x height x width). Strengths are those of Hendrycks and Dietterich 2019; each says where it differs. */
const IMAGE: ReadonlyMap<string, Corrupt> = new Map(
  Object.entries({
    'gaussian-noise': gaussianNoise,
    'shot-noise': shotNoise,
    'impulse-noise': impulseNoise,
    'defocus-blur': defocusBlur,
    'motion-blur': motionBlur,
    fog,
    brightness,
    contrast,
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
  const [channels = 1, height = 1, width = 1] = target.shape;
  const columns = columnsOf(batch.data, row === undefined ? 0 : size);
  const data = Float32Array.from(batch.data);
  for (let i = 0; i < batch.count; i++) {
    const stream = new Stream((seed + Math.imul(first + i + 1, 0x9e3779b1)) ^ hash(`${name} ${severity}`));
    const sample = data.subarray(i * size, (i + 1) * size);
    const original = batch.data.subarray(i * size, (i + 1) * size);
    if (image !== undefined) {
      normalise(sample, space, true);
      image({ channels, height, width, data: sample }, severity, stream);
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
