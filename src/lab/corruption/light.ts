// Light and weather: brighter, paler, foggy.
import type { Stream } from '../evasion/stream.ts';
import { type Corrupt, strength } from './image.ts';

/** Added to every channel, where the original adds to the value of hue, saturation and value. */
export const brightness: Corrupt = (image, severity) => {
  const more = strength(image, severity, [0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5]);
  for (let i = 0; i < image.data.length; i++) image.data[i]! += more;
};

export const contrast: Corrupt = (image, severity) => {
  const kept = strength(image, severity, [0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05]);
  const plane = image.height * image.width;
  for (let channel = 0; channel < image.channels; channel++) {
    const values = image.data.subarray(channel * plane, (channel + 1) * plane);
    const mean = values.reduce((sum, value) => sum + value, 0) / plane;
    for (let i = 0; i < plane; i++) values[i] = (values[i]! - mean) * kept + mean;
  }
};

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
