// Between which values a sample may be moved, where nobody said: read from the data, and told.
import { AncileError } from '../base/index.ts';
import type { Space } from './attack.ts';
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

/**
 * [0, 1] where all numbers lie within, [0, 255] where they do and are an image's or whole, and else each feature's own least and
 * greatest: a table in centimetres lies within 255 by chance.
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
  const size = x.length / count;
  const low = x.slice(0, size);
  const high = x.slice(0, size);
  for (let i = size; i < x.length; i++) {
    const at = i % size;
    if (x[i]! < low[at]!) low[at] = x[i]!;
    if (x[i]! > high[at]!) high[at] = x[i]!;
  }
  return { low, high, told: "each feature's least and greatest in the data" };
}
