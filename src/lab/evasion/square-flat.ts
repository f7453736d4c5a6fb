// Square Attack's changes where there are no squares: rows of a table, and moves that l1 bounds.
import type { Ball } from './ball.ts';
import type { Proposal } from './square-image.ts';
import { randomStart } from './start.ts';
import type { Stream } from './stream.ts';

/** A corner of the linf ball, or a point of the surface. */
export function flatStart(ball: Ball, x: Float32Array, sample: number, stream: Stream): void {
  if (ball.norm !== 'linf') return randomStart(ball, x, sample, stream, true);
  for (let j = sample * ball.size; j < (sample + 1) * ball.size; j++) x[j]! += stream.sign() * ball.eps;
}

/**
 * A random group of the numbers that may move: to corners for linf; for l2 and l1 a new direction of the group with the length that the
 * group had and what the bound leaves.
 */
export function flatProposal(ball: Ball): Proposal {
  const { eps, size, original, norm, low, high } = ball;
  const order = Int32Array.from({ length: size }, (_, j) => j);
  return (x, sample, share, stream) => {
    const from = sample * size;
    let open = 0;
    for (let j = 0; j < size; j++) if (low[from + j]! < high[from + j]!) order[open++] = j;
    const group = Math.min(open, Math.max(1, Math.round(share * open)));
    for (let i = 0; i < group; i++) {
      const other = i + stream.below(open - i);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    if (norm === 'linf') {
      for (let i = 0; i < group; i++) x[from + order[i]!] = original[from + order[i]!]! + stream.sign() * eps;
      return;
    }
    const power = norm === 'l2' ? 2 : 1;
    let elsewhere = 0;
    for (let i = group; i < open; i++)
      elsewhere += Math.abs(x[from + order[i]!]! - original[from + order[i]!]!) ** power;
    const room = Math.max(0, eps ** power - elsewhere);
    let length = 0;
    for (let i = 0; i < group; i++) {
      const move = norm === 'l2' ? stream.normal() : stream.sign() * -Math.log(1 - stream.next());
      x[from + order[i]!] = move;
      length += Math.abs(move) ** power;
    }
    // All the room, or some of it that grows elsewhere later.
    const scale = length > 0 ? (room / length) ** (1 / power) : 0;
    for (let i = 0; i < group; i++) x[from + order[i]!] = original[from + order[i]!]! + scale * x[from + order[i]!]!;
  };
}
