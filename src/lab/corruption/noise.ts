// Noise of sensors: thermal, of few photons, of dead and hot pixels, of gain.
import type { Stream } from '../evasion/stream.ts';
import { type Corrupt, strength } from './image.ts';

export const gaussianNoise: Corrupt = (image, severity, stream) => {
  const sigma = strength(image, severity, [0.04, 0.06, 0.08, 0.09, 0.1], [0.08, 0.12, 0.18, 0.26, 0.38]);
  for (let i = 0; i < image.data.length; i++) image.data[i]! += sigma * stream.normal();
};

/** A count of events that come at random: by products for small means, by the normal distribution for large ones. */
function poisson(mean: number, stream: Stream): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * stream.normal()));
  const least = Math.exp(-mean);
  let product = stream.next();
  let count = 0;
  while (product > least) {
    product *= stream.next();
    count++;
  }
  return count;
}

export const shotNoise: Corrupt = (image, severity, stream) => {
  const photons = strength(image, severity, [500, 250, 100, 75, 50], [60, 25, 12, 5, 3]);
  for (let i = 0; i < image.data.length; i++) {
    image.data[i] = poisson(Math.max(0, image.data[i]!) * photons, stream) / photons;
  }
};

/** The brighter, the more; of the original's further set. */
export const speckleNoise: Corrupt = (image, severity, stream) => {
  const sigma = strength(image, severity, [0.06, 0.1, 0.12, 0.16, 0.2], [0.15, 0.2, 0.35, 0.45, 0.6]);
  for (let i = 0; i < image.data.length; i++) image.data[i]! *= 1 + sigma * stream.normal();
};

export const impulseNoise: Corrupt = (image, severity, stream) => {
  const share = strength(image, severity, [0.01, 0.02, 0.03, 0.05, 0.07], [0.03, 0.06, 0.09, 0.17, 0.27]);
  for (let i = 0; i < image.data.length; i++) if (stream.next() < share) image.data[i] = stream.below(2);
};
