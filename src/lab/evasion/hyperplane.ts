// The shortest move, by each norm, that takes a point onto a hyperplane without leaving its box: the step of DeepFool and of FAB.
import type { Norm } from '../attack.ts';

export interface Hyperplane {
  /** The point and its bounds, `size` numbers from `from`. */
  readonly point: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly from: number;
  readonly size: number;
  /** Normal of the plane, from offset `at`. */
  readonly normal: Float32Array;
  readonly at: number;
}

/**
 * Writes into `move` the shortest move d with normal . d = rise and point + d within the bounds. Where the box does not reach the plane,
 * the move goes as far as it can.
 * @returns the move's length by the norm
 */
export function moveOnto(norm: Norm, plane: Hyperplane, rise: number, move: Float32Array): number {
  const { point, low, high, from, size, normal, at } = plane;
  // Towards larger products all along: a falling rise is a rising one along the reversed normal.
  const side = rise < 0 ? -1 : 1;
  const goal = Math.abs(rise);
  const room = (j: number): number => {
    const w = side * normal[at + j]!;
    return w > 0
      ? Math.max(0, high[from + j]! - point[from + j]!)
      : w < 0
        ? Math.max(0, point[from + j]! - low[from + j]!)
        : 0;
  };
  if (norm === 'l1') return fill(size, normal, at, side, goal, room, move);
  // The product grows with the length t, concave and in straight pieces: Newton from 0 reaches it in so many steps as there are pieces.
  let t = 0;
  for (let round = 0; round < 200; round++) {
    let reached = 0;
    let pace = 0;
    for (let j = 0; j < size; j++) {
      const w = Math.abs(normal[at + j]!);
      if (!(w > 0)) continue;
      const most = room(j);
      const wanted = norm === 'linf' ? t : t * w;
      if (wanted < most) {
        pace += norm === 'linf' ? w : w * w;
        reached += w * wanted;
      } else reached += w * most;
    }
    const missing = goal - reached;
    if (!(missing > 1e-9 * goal)) break;
    if (pace === 0) {
      t = Infinity;
      break;
    }
    t += missing / pace;
  }
  let length = 0;
  for (let j = 0; j < size; j++) {
    const w = side * normal[at + j]!;
    const most = room(j);
    const wanted = most === 0 ? 0 : norm === 'linf' ? t : t * Math.abs(w);
    const step = Math.min(wanted, most);
    move[j] = step === 0 ? 0 : w > 0 ? step : -step;
    length = norm === 'linf' ? Math.max(length, step) : length + step * step;
  }
  return norm === 'linf' ? length : Math.sqrt(length);
}

/** For l1: along the greatest slopes first, each as far as its room. */
function fill(
  size: number,
  normal: Float32Array,
  at: number,
  side: number,
  goal: number,
  room: (j: number) => number,
  move: Float32Array,
): number {
  move.fill(0, 0, size);
  const order = Uint32Array.from({ length: size }, (_, j) => j);
  order.sort((a, b) => Math.abs(normal[at + b]!) - Math.abs(normal[at + a]!));
  let left = goal;
  let length = 0;
  for (const j of order) {
    const w = side * normal[at + j]!;
    if (!(w !== 0) || left <= 0) break;
    const step = Math.min(room(j), left / Math.abs(w));
    move[j] = w > 0 ? step : -step;
    length += step;
    left -= step * Math.abs(w);
  }
  return length;
}
