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
  if (scratch.slopes.length !== size) {
    scratch.slopes = new Float64Array(size);
    scratch.rooms = new Float64Array(size);
  }
  const { slopes, rooms } = scratch;
  for (let j = 0; j < size; j++) {
    const w = side * normal[at + j]!;
    // A slope that is no number is none.
    slopes[j] = w > 0 || w < 0 ? Math.abs(w) : 0;
    rooms[j] = Math.max(0, w > 0 ? high[from + j]! - point[from + j]! : point[from + j]! - low[from + j]!);
  }
  const length = norm === 'l1' ? fill(size, goal, move) : stretch(norm, size, goal, move);
  for (let j = 0; j < size; j++) if (side * normal[at + j]! < 0) move[j] = -move[j]!;
  return length;
}

/** Of the plane at hand: magnitudes of its normal, and how far each number may go. */
const scratch = { slopes: new Float64Array(0), rooms: new Float64Array(0) };

/** The product grows with the length t, concave and in straight pieces: Newton from 0 reaches it in so many steps as there are pieces. */
function stretch(norm: Norm, size: number, goal: number, move: Float32Array): number {
  const { slopes, rooms } = scratch;
  const linf = norm === 'linf';
  let t = 0;
  for (let round = 0; round < 200; round++) {
    let reached = 0;
    let pace = 0;
    for (let j = 0; j < size; j++) {
      const w = slopes[j]!;
      const factor = linf ? 1 : w;
      const room = rooms[j]!;
      const wanted = t * factor;
      pace += Number(wanted < room) * w * factor;
      reached += w * Math.min(wanted, room);
    }
    const missing = goal - reached;
    if (!(missing > 1e-9 * goal)) break;
    if (pace === 0) {
      t = Number.MAX_VALUE;
      break;
    }
    t += missing / pace;
  }
  let length = 0;
  for (let j = 0; j < size; j++) {
    const w = slopes[j]!;
    const step = w === 0 ? 0 : Math.min(linf ? t : t * w, rooms[j]!);
    move[j] = step;
    length = linf ? Math.max(length, step) : length + step * step;
  }
  return linf ? length : Math.sqrt(length);
}

/** For l1: along the greatest slopes first, each as far as its room. */
function fill(size: number, goal: number, move: Float32Array): number {
  const { slopes, rooms } = scratch;
  move.fill(0, 0, size);
  const order = Uint32Array.from({ length: size }, (_, j) => j);
  order.sort((a, b) => slopes[b]! - slopes[a]!);
  let left = goal;
  let length = 0;
  for (const j of order) {
    const w = slopes[j]!;
    if (w === 0 || left <= 0) break;
    const step = Math.min(rooms[j]!, left / w);
    move[j] = step;
    length += step;
    left -= step * w;
  }
  return length;
}
