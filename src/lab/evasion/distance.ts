// How far a sample was moved.
import type { Norm } from '../attack.ts';

/** The norm of the difference of two rows of `size` numbers, from offset `at` of `a` and `from` of `b`. */
export function distance(norm: Norm, a: Float32Array, at: number, b: Float32Array, from: number, size: number): number {
  if (norm === 'linf') {
    let most = 0;
    for (let j = 0; j < size; j++) most = Math.max(most, Math.abs(a[at + j]! - b[from + j]!));
    return most;
  }
  let sum = 0;
  for (let j = 0; j < size; j++) {
    const gap = Math.abs(a[at + j]! - b[from + j]!);
    sum += norm === 'l2' ? gap * gap : gap;
  }
  return norm === 'l2' ? Math.sqrt(sum) : sum;
}
