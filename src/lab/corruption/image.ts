// What an image corruption works on, and how hard each is at each severity.
import type { Stream } from '../evasion/stream.ts';

export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Channels x height x width, of a range of 0 to 1. */
  readonly data: Float32Array;
}

export type Severity = 1 | 2 | 3 | 4 | 5;

/** Changes the image in place; what leaves 0 to 1 is cut by the caller. */
export type Corrupt = (image: Image, severity: Severity, stream: Stream) => void;

/** Sides up to which the strengths of CIFAR-10-C are taken, and from which those of ImageNet-C. */
const SMALL = 64;

/** The strength at a severity: two rows of five, of CIFAR-10-C and of ImageNet-C (Hendrycks and Dietterich 2019). */
export function strength<T>(image: Image, severity: Severity, small: readonly T[], large: readonly T[]): T {
  return (Math.max(image.height, image.width) <= SMALL ? small : large)[severity - 1]!;
}

/** The pixel of a channel, edges repeated. */
export function pixel(data: ArrayLike<number>, image: Image, channel: number, row: number, column: number): number {
  const r = Math.min(image.height - 1, Math.max(0, row));
  const c = Math.min(image.width - 1, Math.max(0, column));
  return data[(channel * image.height + r) * image.width + c]!;
}

/** Replaces each pixel of each channel by what `at` says, given the pixels as they were. */
export function remap(
  image: Image,
  at: (before: Float32Array, channel: number, row: number, column: number) => number,
): void {
  const before = Float32Array.from(image.data);
  let i = 0;
  for (let channel = 0; channel < image.channels; channel++) {
    for (let row = 0; row < image.height; row++) {
      for (let column = 0; column < image.width; column++) image.data[i++] = at(before, channel, row, column);
    }
  }
}

/** The value between pixels; beyond the edge there is nothing (0). */
export function between(data: Float32Array, image: Image, channel: number, row: number, column: number): number {
  const [r, c] = [Math.floor(row), Math.floor(column)];
  let value = 0;
  for (const [dr, dc] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    if (r + dr < 0 || c + dc < 0 || r + dr >= image.height || c + dc >= image.width) continue;
    const share = (dr === 1 ? row - r : 1 - row + r) * (dc === 1 ? column - c : 1 - column + c);
    value += share * pixel(data, image, channel, r + dr, c + dc);
  }
  return value;
}
