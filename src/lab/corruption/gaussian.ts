// Gaussian smoothing of planes, rows first and columns then; edges are repeated.
import { type Image } from './image.ts';

/** Weights up to three deviations. */
function kernelOf(sigma: number): Float64Array {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** @param sigma - in pixels; 0 leaves all as it is */
export function smooth(plane: Float32Array | Float64Array, height: number, width: number, sigma: number): void {
  if (!(sigma > 0)) return;
  const kernel = kernelOf(sigma);
  const reach = kernel.length >> 1;
  const line = new Float64Array(Math.max(height, width));
  const pass = (start: number, step: number, length: number): void => {
    for (let i = 0; i < length; i++) line[i] = plane[start + i * step]!;
    for (let i = 0; i < length; i++) {
      let value = 0;
      for (let t = -reach; t <= reach; t++) {
        value += kernel[t + reach]! * line[Math.min(length - 1, Math.max(0, i + t))]!;
      }
      plane[start + i * step] = value;
    }
  };
  for (let row = 0; row < height; row++) pass(row * width, 1, width);
  for (let column = 0; column < width; column++) pass(column, width, height);
}

/** Each channel by itself. */
export function smoothImage({ channels, height, width, data }: Image, sigma: number): void {
  const size = height * width;
  for (let c = 0; c < channels; c++) smooth(data.subarray(c * size, (c + 1) * size), height, width, sigma);
}
