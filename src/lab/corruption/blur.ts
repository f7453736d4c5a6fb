// Blur of a lens out of focus and of a camera that moves.
import { type Corrupt, type Image, pixel, remap, strength } from './image.ts';

interface Tap {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** Replaces each pixel by the weighted mean of others; weights need not add up to 1. */
function convolve(image: Image, taps: readonly Tap[]): void {
  const sum = taps.reduce((total, { weight }) => total + weight, 0);
  remap(image, (before, channel, row, column) => {
    let value = 0;
    for (const tap of taps) value += tap.weight * pixel(before, image, channel, row + tap.row, column + tap.column);
    return value / sum;
  });
}

/** A disc whose edge is soft: what the original does by a small Gaussian, here by how much of each pixel lies in the disc. */
export const defocusBlur: Corrupt = (image, severity) => {
  const small = [0.3, 0.4, 0.5, 1, 1.5].map((radius, i) => radius + [0.4, 0.5, 0.6, 0.2, 0.1][i]!);
  const radius = strength(image, severity, small, [3, 4, 6, 8, 10]);
  const reach = Math.ceil(radius);
  const taps: Tap[] = [];
  for (let row = -reach; row <= reach; row++) {
    for (let column = -reach; column <= reach; column++) {
      const weight = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(row, column)));
      if (weight > 0) taps.push({ row, column, weight });
    }
  }
  convolve(image, taps);
};

/** Along a line within 45 degrees of level, fading to one side. */
export const motionBlur: Corrupt = (image, severity, stream) => {
  const [length, sigma] = strength<readonly [number, number]>(
    image,
    severity,
    [
      [6, 1],
      [6, 1.5],
      [6, 2],
      [8, 2],
      [9, 2.5],
    ],
    [
      [10, 3],
      [15, 5],
      [15, 8],
      [15, 12],
      [20, 15],
    ],
  );
  const angle = ((2 * stream.next() - 1) * Math.PI) / 4;
  const taps: Tap[] = [];
  for (let t = 0; t <= length; t++) {
    const weight = Math.exp(-(t * t) / (2 * sigma * sigma));
    taps.push({ row: Math.round(t * Math.sin(angle)), column: Math.round(t * Math.cos(angle)), weight });
  }
  convolve(image, taps);
};
