// Between which values a sample may be moved, where nobody said: read from the data, and told.
import { AncileError } from '../base/index.ts';
import type { Space } from './attack.ts';
import { isChannelsLast } from './channels.ts';
import type { Samples } from './data/samples.ts';

export interface Bounds extends Pick<Space, 'low' | 'high'> {
  /** As reports say it. */
  readonly told: string;
}

/** @throws AncileError `usage` for a text that is not `least,greatest` */
export function parseBounds(text: string): Bounds {
  const [low, high, more] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (low === undefined || high === undefined || more !== undefined || !(low < high) || !Number.isFinite(high - low)) {
    throw new AncileError('usage', `--clip: expected two numbers, found ${text}`, { hint: 'Such as --clip 0,1.' });
  }
  return { low, high, told: `[${low}, ${high}], as given` };
}

/** Fewer rows say little of what a column may be. */
const FEWEST_ROWS = 10;

/** Which numbers of a sample have one bound in common: those of a channel of images, each by itself in tables, all where rows are few. */
function groupsOf(
  shape: readonly number[],
  count: number,
): { of(place: number): number; groups: number; told: string } {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (shape.length === 3) {
    const [first, , last] = shape as [number, number, number];
    const told = "each channel's least and greatest in the data";
    if (isChannelsLast(shape)) return { of: (place) => place % last, groups: last, told };
    return { of: (place) => Math.floor((place * first) / size), groups: first, told };
  }
  if (shape.length > 1 || count < FEWEST_ROWS) {
    return { of: () => 0, groups: 1, told: 'the least and greatest number in the data' };
  }
  return { of: (place) => place, groups: size, told: "each feature's least and greatest in the data" };
}

/**
 * [0, 1] where all numbers lie within, [0, 255] where they do and are an image's or whole, and else what is least and greatest in each
 * channel or feature: a table in centimetres lies within 255 by chance.
 */
export function boundsOf({ x, count, shape }: Pick<Samples, 'x' | 'count' | 'shape'>): Bounds {
  let least = Infinity;
  let greatest = -Infinity;
  let whole = true;
  for (const value of x) {
    whole &&= Number.isInteger(value);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least >= 0 && greatest <= 1) return { low: 0, high: 1, told: '[0, 1], as the data lies within' };
  if (least >= 0 && greatest <= 255 && (shape.length > 1 || whole)) {
    return { low: 0, high: 255, told: '[0, 255], as the data lies within' };
  }
  const { of, groups, told } = groupsOf(shape, count);
  const size = x.length / count;
  const [lows, highs] = [new Float32Array(groups).fill(Infinity), new Float32Array(groups).fill(-Infinity)];
  for (let i = 0; i < x.length; i++) {
    const group = of(i % size);
    lows[group] = Math.min(lows[group]!, x[i]!);
    highs[group] = Math.max(highs[group]!, x[i]!);
  }
  const spread = (values: Float32Array): Float32Array => Float32Array.from({ length: size }, (_, i) => values[of(i)]!);
  return { low: spread(lows), high: spread(highs), told };
}
