// One step in the direction in which a loss grows fastest, as each norm measures steps.
import type { Ball } from './ball.ts';

/** Of the largest slopes, the share that an l1 step goes along (Tramèr and Boneh 2019, SLIDE: the 99th percentile). */
const L1_SHARE = 0.01;

const scratch: { values: Float32Array } = { values: new Float32Array(0) };

/** The `rank`-th greatest magnitude (1: the greatest) of `size` numbers from `at`. */
export function magnitudeOfRank(values: Float32Array, at: number, size: number, rank: number): number {
  if (scratch.values.length !== size) scratch.values = new Float32Array(size);
  const sorted = scratch.values;
  for (let j = 0; j < size; j++) sorted[j] = Math.abs(values[at + j]!);
  sorted.sort();
  return sorted[Math.max(0, size - rank)]!;
}

/** Puts 0 where a number is at its bound and the slope leads out, or where there is no slope to speak of (not a number). */
export function clearBlocked(ball: Ball, x: Float32Array, sample: number, slope: Float32Array, at: number): void {
  const { size, low, high } = ball;
  for (let j = 0, from = sample * size; j < size; j++, from++) {
    const g = slope[at + j]!;
    const value = x[from]!;
    const up = Number(value < high[from]!) * Math.max(0, g);
    const down = Number(value > low[from]!) * Math.min(0, g);
    slope[at + j] = g === g ? up + down : 0;
  }
}

/**
 * Adds a step to a sample's row of `x`, in place; the ball is not looked at but for its bounds: what cannot move takes no part of an
 * l2 or l1 step.
 * @param slope - the gradient, from offset `at`; changed (blocked numbers become 0)
 * @param step - the step's length in the ball's norm
 * @param share - of an l1 step: the share of numbers that it goes along
 */
export function ascend(
  ball: Ball,
  x: Float32Array,
  sample: number,
  slope: Float32Array,
  at: number,
  step: number,
  share: number = L1_SHARE,
): void {
  const { size, norm } = ball;
  const from = sample * size;
  if (norm === 'linf') {
    for (let j = 0; j < size; j++) {
      // Signs come at random: without a branch this is five times as fast.
      const g = slope[at + j]!;
      x[from + j]! += step * (Number(g > 0) - Number(g < 0));
    }
    return;
  }
  clearBlocked(ball, x, sample, slope, at);
  if (norm === 'l2') {
    let square = 0;
    for (let j = 0; j < size; j++) square += slope[at + j]! * slope[at + j]!;
    if (square === 0) return;
    const scale = step / Math.sqrt(square);
    for (let j = 0; j < size; j++) x[from + j]! += scale * slope[at + j]!;
    return;
  }
  const least = magnitudeOfRank(slope, at, size, Math.max(1, Math.floor(share * size)));
  let chosen = 0;
  for (let j = 0; j < size; j++) if (slope[at + j] !== 0 && Math.abs(slope[at + j]!) >= least) chosen++;
  if (chosen === 0) return;
  for (let j = 0; j < size; j++) {
    const g = slope[at + j]!;
    if (g !== 0 && Math.abs(g) >= least) x[from + j]! += (g > 0 ? step : -step) / chosen;
  }
}
