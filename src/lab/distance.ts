// How far a sample was moved, and how exact a measure in float32 can be.
import type { Norm } from './attack.ts';

/** Half a step of float32 at 1, twice: one for the sample, one for the moved one. */
const ROUNDING = 2 ** -23;
/** Share of the bound. */
const SLACK = 1e-6;

/** As reports say it. */
export const TOLERANCE = 'eps x 1e-6, and the rounding of float32 (2^-23 of the norm of the sample)';

/** @returns the norm of the vector that `at` gives, in double precision */
function measure(norm: Norm, size: number, at: (i: number) => number): number {
  let result = 0;
  for (let i = 0; i < size; i++) {
    const value = Math.abs(at(i));
    if (norm === 'linf') result = Math.max(result, value);
    else result += norm === 'l2' ? value * value : value;
  }
  return norm === 'l2' ? Math.sqrt(result) : result;
}

export function distance(norm: Norm, a: Float32Array, b: Float32Array): number {
  return measure(norm, a.length, (i) => a[i]! - b[i]!);
}

/** The greatest distance that still counts as within `eps`. */
export function allowance(norm: Norm, eps: number, original: Float32Array): number {
  return eps * (1 + SLACK) + ROUNDING * measure(norm, original.length, (i) => original[i]!);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
