// Samples as pictures: as they were, what was added to them, amplified, and what the model saw in the end.
import type { Samples } from '../data/samples.ts';
import type { JudgedBatch } from '../run.ts';
import { renderPng } from './png.ts';

const MOST_EACH = 4;
const MOST_SIDE = 1024;

export interface Picture {
  readonly attack: string;
  readonly eps: number;
  readonly sample: number;
  readonly label: number;
  readonly predicted: number;
  readonly distance: number;
  readonly original: Float32Array;
  readonly example: Float32Array;
}

/** Keeps the first few of each attack that fooled the model. */
export function createGallery(samples: Samples): { add(judged: JudgedBatch): void; pictures(eps: number): Picture[] } {
  const kept = new Map<string, Picture[]>();
  const size = samples.x.length / samples.count;
  return {
    add({ run, samples: numbers, batch, verdicts }) {
      const { plan, eps } = run;
      const key = `${plan.attack.name} ${eps}`;
      const pictures = kept.get(key) ?? [];
      kept.set(key, pictures);
      verdicts.forEach(({ fooled, predicted, distance }, i) => {
        if (!fooled || pictures.length >= MOST_EACH) return;
        const sample = numbers[i]!;
        pictures.push({
          attack: plan.attack.name,
          eps,
          sample,
          label: samples.labels[sample]!,
          predicted,
          distance,
          original: samples.x.slice(sample * size, (sample + 1) * size),
          example: batch.examples.slice(i * size, (i + 1) * size),
        });
      });
    },
    pictures: (eps) => [...kept.values()].flat().filter((each) => each.eps === eps),
  };
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Place of a pixel's channel in the sample. */
  readonly at: (row: number, column: number, channel: number) => number;
}

/** How a sample is an image: channels first, channels last, or one alone; undefined where it is none. */
export function layoutOf(shape: readonly number[]): Layout | undefined {
  const isSide = (extent: number | undefined): extent is number =>
    extent !== undefined && extent >= 4 && extent <= MOST_SIDE;
  const [a, b, c] = shape;
  if (shape.length === 2 && isSide(a) && isSide(b)) {
    return { height: a, width: b, channels: 1, at: (row, column) => row * b + column };
  }
  if (shape.length !== 3) return undefined;
  if ((a === 1 || a === 3) && isSide(b) && isSide(c)) {
    return { height: b, width: c, channels: a, at: (row, column, channel) => (channel * b + row) * c + column };
  }
  if ((c === 1 || c === 3) && isSide(a) && isSide(b)) {
    return { height: a, width: b, channels: c, at: (row, column, channel) => (row * b + column) * c + channel };
  }
  return undefined;
}

/** As a data address. @param toByte - a number of the sample as a brightness from 0 to 255 */
function paint(
  sample: Float32Array,
  { width, height, channels, at }: Layout,
  toByte: (value: number) => number,
): string {
  const pixels = new Uint8ClampedArray(width * height * channels);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) pixels[to++] = toByte(sample[at(row, column, channel)]!);
    }
  }
  return `data:image/png;base64,${renderPng(pixels, width, height, channels).toString('base64')}`;
}

/** The three pictures of an example, and by how much the change was amplified. */
export function paintPicture(
  { original, example }: Picture,
  layout: Layout,
  [low, high]: readonly [number, number],
): { before: string; change: string; after: string; factor: number } {
  const toByte = (value: number): number => ((value - low) / (high - low)) * 255;
  const delta = example.map((value, i) => value - original[i]!);
  const greatest = delta.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return {
    before: paint(original, layout, toByte),
    // Grey is no change.
    change: paint(delta, layout, (value) => 127.5 + (value / greatest) * 127.5),
    after: paint(example, layout, toByte),
    factor: (high - low) / 2 / greatest,
  };
}
