// Blur of a lens out of focus, of a camera that moves or zooms, and of glass in between.
import { smoothImage } from './gaussian.ts';
import { type Corrupt, type Image, between, pixel, remap, strength } from './image.ts';

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

/** Of the original's further set. */
export const gaussianBlur: Corrupt = (image, severity) => {
  smoothImage(image, strength(image, severity, [0.4, 0.6, 0.7, 0.8, 1], [1, 2, 3, 4, 6]));
};

/** Pixels change places with near ones, between two smoothings. */
export const glassBlur: Corrupt = (image, severity, stream) => {
  const [sigma, reach, rounds] = strength<readonly [number, number, number]>(
    image,
    severity,
    [
      [0.05, 1, 1],
      [0.25, 1, 1],
      [0.4, 1, 1],
      [0.25, 1, 2],
      [0.4, 1, 2],
    ],
    [
      [0.7, 1, 2],
      [0.9, 2, 1],
      [1, 2, 3],
      [1.1, 3, 2],
      [1.5, 4, 2],
    ],
  );
  const { channels, height, width, data } = image;
  smoothImage(image, sigma);
  for (let round = 0; round < rounds; round++) {
    for (let row = height - reach - 1; row >= reach; row--) {
      for (let column = width - reach - 1; column >= reach; column--) {
        const other = (row + stream.below(2 * reach) - reach) * width + column + stream.below(2 * reach) - reach;
        const here = row * width + column;
        for (let c = 0, plane = 0; c < channels; c++, plane += height * width) {
          [data[plane + here], data[plane + other]] = [data[plane + other]!, data[plane + here]!];
        }
      }
    }
  }
  smoothImage(image, sigma);
};

/** The mean of the picture and of itself ever closer. */
export const zoomBlur: Corrupt = (image, severity) => {
  const [most, step] = strength<readonly [number, number]>(
    image,
    severity,
    [
      [0.06, 0.01],
      [0.11, 0.01],
      [0.16, 0.01],
      [0.21, 0.01],
      [0.26, 0.01],
    ],
    [
      [0.11, 0.01],
      [0.16, 0.01],
      [0.21, 0.02],
      [0.26, 0.02],
      [0.31, 0.03],
    ],
  );
  const zooms = Array.from({ length: Math.round(most / step) }, (_, i) => 1 + i * step);
  const [middleRow, middleColumn] = [(image.height - 1) / 2, (image.width - 1) / 2];
  remap(image, (before, channel, row, column) => {
    let sum = pixel(before, image, channel, row, column);
    for (const zoom of zooms) {
      const [r, c] = [middleRow + (row - middleRow) / zoom, middleColumn + (column - middleColumn) / zoom];
      sum += between(before, image, channel, r, c);
    }
    return sum / (zooms.length + 1);
  });
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
  streak(image, length, sigma, ((2 * stream.next() - 1) * Math.PI) / 4);
};

/** Draws each pixel out along a line, fading. @param angle - radians from level */
export function streak(image: Image, length: number, sigma: number, angle: number): void {
  const taps: Tap[] = [];
  for (let t = 0; t <= length; t++) {
    const weight = Math.exp(-(t * t) / (2 * sigma * sigma));
    taps.push({ row: Math.round(t * Math.sin(angle)), column: Math.round(t * Math.cos(angle)), weight });
  }
  convolve(image, taps);
}
