// Where a search begins: somewhere in the ball, or on its surface.
import type { Ball } from './ball.ts';
import type { Stream } from './stream.ts';

/**
 * Writes a random point of the ball into the sample's row of `x`. A ball without a bound is started at its centre.
 * @param surface - at the full distance, as APGD begins, rather than evenly within
 */
export function randomStart(ball: Ball, x: Float32Array, sample: number, stream: Stream, surface = false): void {
  const { size, norm, eps, original } = ball;
  const from = sample * size;
  if (eps === Infinity) {
    x.set(original.subarray(from, from + size), from);
    return;
  }
  let length = 0;
  for (let j = 0; j < size; j++) {
    // Normal, or Laplace for l1: their directions are even on the sphere of their norm.
    const move =
      norm === 'linf'
        ? 2 * stream.next() - 1
        : norm === 'l2'
          ? stream.normal()
          : stream.sign() * -Math.log(1 - stream.next());
    x[from + j] = move;
    const magnitude = Math.abs(move);
    length =
      norm === 'linf' ? Math.max(length, magnitude) : length + (norm === 'l2' ? magnitude * magnitude : magnitude);
  }
  if (norm === 'l2') length = Math.sqrt(length);
  const within = norm === 'linf' ? 1 : surface ? 1 / length : stream.next() ** (1 / size) / length;
  const scale = eps * (norm === 'linf' && surface ? 1 / length : within);
  for (let j = 0; j < size; j++) x[from + j] = original[from + j]! + scale * x[from + j]!;
  ball.project(x, from, sample);
}
