// Weather: fog, snow, and frost on the lens.
import type { Stream } from '../evasion/stream.ts';
import { streak } from './blur.ts';
import { type Corrupt, type Image, between, remap, strength } from './image.ts';

/** A height map of 0 to 1 by the diamond-square algorithm; the side is a power of two, and edges meet. */
function plasma(side: number, decay: number, stream: Stream): Float64Array {
  const map = new Float64Array(side * side);
  const at = (row: number, column: number): number => ((row + side) % side) * side + ((column + side) % side);
  let rough = 1;
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2;
    const mean = (a: number, b: number, c: number, d: number): number =>
      (map[a]! + map[b]! + map[c]! + map[d]!) / 4 + rough * (2 * stream.next() - 1);
    for (let row = 0; row < side; row += step) {
      for (let column = 0; column < side; column += step) {
        map[at(row + half, column + half)] = mean(
          at(row, column),
          at(row, column + step),
          at(row + step, column),
          at(row + step, column + step),
        );
      }
    }
    for (let row = 0; row < side; row += half) {
      for (let column = (row / half) % 2 === 0 ? half : 0; column < side; column += step) {
        map[at(row, column)] = mean(
          at(row - half, column),
          at(row + half, column),
          at(row, column - half),
          at(row, column + half),
        );
      }
    }
    rough /= decay;
  }
  const least = map.reduce((a, b) => Math.min(a, b), Infinity);
  const most = map.reduce((a, b) => Math.max(a, b), -Infinity);
  return map.map((value) => (most > least ? (value - least) / (most - least) : 0));
}

export const fog: Corrupt = (image, severity, stream) => {
  const [thick, decay] = strength<readonly [number, number]>(
    image,
    severity,
    [
      [0.2, 3],
      [0.5, 3],
      [0.75, 2.5],
      [1, 2],
      [1.5, 1.75],
    ],
    [
      [1.5, 2],
      [2, 2],
      [2.5, 1.7],
      [2.5, 1.5],
      [3, 1.4],
    ],
  );
  const { data, height, width } = image;
  const side = 2 ** Math.max(1, Math.ceil(Math.log2(Math.max(height, width))));
  const map = plasma(side, decay, stream);
  const most = data.reduce((a, b) => Math.max(a, b), 0) || 1;
  for (let i = 0; i < data.length; i++) {
    const place = i % (height * width);
    data[i] = ((data[i]! + thick * map[Math.floor(place / width) * side + (place % width)]!) * most) / (most + thick);
  }
};

/** What is in the middle of a plane, larger by a factor. */
function enlarge(image: Image, zoom: number): void {
  const [middleRow, middleColumn] = [(image.height - 1) / 2, (image.width - 1) / 2];
  remap(image, (before, channel, row, column) =>
    between(
      before,
      image,
      channel,
      middleRow + (row - middleRow) / zoom,
      middleColumn + (column - middleColumn) / zoom,
    ),
  );
}

/** Flakes drawn out by their fall, in two directions, before a picture that grows paler. */
export const snow: Corrupt = (image, severity, stream) => {
  type Strength = readonly [
    mean: number,
    spread: number,
    zoom: number,
    least: number,
    fall: number,
    fade: number,
    kept: number,
  ];
  const [mean, spread, zoom, least, fall, fade, kept] = strength<Strength>(
    image,
    severity,
    [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
    ],
    [
      [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
      [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
      [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
      [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
      [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
    ],
  );
  const { channels, height, width, data } = image;
  const plane = height * width;
  const layer: Image = {
    ...{ channels: 1, height, width },
    data: Float32Array.from({ length: plane }, () => mean + spread * stream.normal()),
  };
  enlarge(layer, zoom);
  const flakes = layer.data;
  for (let at = 0; at < plane; at++) flakes[at] = flakes[at]! < least ? 0 : Math.min(1, flakes[at]!);
  streak(layer, fall, fade, -Math.PI / 4 - (stream.next() * Math.PI) / 2);
  for (let at = 0; at < plane; at++) {
    let grey = 0;
    for (let c = 0; c < channels; c++) grey += data[c * plane + at]! / channels;
    const fallen = flakes[at]! + flakes[plane - 1 - at]!;
    for (let c = 0; c < channels; c++) {
      const value = data[c * plane + at]!;
      data[c * plane + at] = kept * value + (1 - kept) * Math.max(value, grey * 1.5 + 0.5) + fallen;
    }
  }
};

/** Of ridges of ice, this much of the picture is covered on average where they are thickest everywhere. */
const ICED = 0.4;

/**
 * Ridges of white ice that cover the picture more and more. The original adds photographs of frost, which are not ours to give: pattern and
 * strengths are our own.
 */
export const frost: Corrupt = (image, severity, stream) => {
  const thick = strength(image, severity, [0.2, 0.3, 0.4, 0.5, 0.6], [0.4, 0.55, 0.7, 0.85, 1]);
  const { data, height, width } = image;
  const plane = height * width;
  const side = 2 ** Math.max(1, Math.ceil(Math.log2(Math.max(height, width))));
  const map = plasma(side, 1.8, stream);
  const ridges = Float64Array.from({ length: plane }, (_, at) => {
    const level = map[Math.floor(at / width) * side + (at % width)]!;
    return (1 - Math.abs(2 * level - 1)) ** 2;
  });
  // As much ice in each picture, however its ridges fall.
  const scale = (ICED * plane) / (ridges.reduce((sum, ridge) => sum + ridge, 0) || 1);
  for (let i = 0; i < data.length; i++) data[i]! += thick * Math.min(1, scale * ridges[i % plane]!) * (1 - data[i]!);
};
