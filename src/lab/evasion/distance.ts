// How far a sample was moved.
import type { Norm } from '../attack.ts';

/** The norm of the difference of two rows of `size` numbers, from offset `at` of `a` and `from` of `b`. */
export function distance(norm: Norm, a: Float32Array, at: number, b: Float32Array, from: number, size: number): number {
  let sum = 0;
  for (let j = 0; j < size; j++) {
    const gap = Math.abs(a[at + j]! - b[from + j]!);
    if (norm === 'linf') sum = gap > sum || gap !== gap ? gap : sum;
    else sum += norm === 'l2' ? gap * gap : gap;
  }
  return norm === 'l2' ? Math.sqrt(sum) : sum;
}
