// The directions that SimBA tries: single numbers, or cosine waves of an image from low to high.
import type { AttackContext } from '../attack.ts';
import type { Ball } from './ball.ts';

export interface Directions {
  readonly count: number;
  /** Up to where (exclusive) places of the order may be exchanged with the given one. */
  blockEnd(place: number): number;
  /** Adds a step along a direction to the sample's row. @param length - of a range of 1 */
  add(x: Float32Array, sample: number, direction: number, length: number, ball: Ball): void;
}

/** What a range of 1 comes to where a number has another. */
function rangeAt(ball: Ball, index: number): number {
  const range = ball.high[index]! - ball.low[index]!;
  // Of linf the bounds are the ball's already.
  return ball.norm === 'linf' || !(range < Infinity) ? 1 : range;
}

export function pixels({ batch }: AttackContext): Directions {
  const size = batch.count === 0 ? 0 : batch.data.length / batch.count;
  return {
    count: size,
    blockEnd: () => size,
    add(x, sample, direction, length, ball) {
      const index = sample * size + direction;
      x[index]! += (ball.norm === 'linf' ? Math.sign(length) * ball.eps : length) * rangeAt(ball, index);
    },
  };
}

/** Waves of growing frequency, in blocks of about an eighth of the frequencies each. */
export function waves({ target: { shape } }: AttackContext): Directions {
  const image = shape.length === 3;
  const channels = image ? shape[0]! : 1;
  const height = image ? shape[1]! : 1;
  const width = image ? shape[2]! : shape.reduce((product, dimension) => product * dimension, 1);
  const table = (length: number): Float64Array => {
    const values = new Float64Array(length * length);
    for (let f = 0; f < length; f++) {
      const scale = Math.sqrt((f === 0 ? 1 : 2) / length);
      for (let t = 0; t < length; t++)
        values[f * length + t] = scale * Math.cos((Math.PI * (2 * t + 1) * f) / (2 * length));
    }
    return values;
  };
  const rows = table(height);
  const columns = table(width);
  const height1 = Math.max(1, height - 1);
  const width1 = Math.max(1, width - 1);
  const block = (index: number): number => {
    const u = Math.floor((index % (height * width)) / width);
    const v = index % width;
    return Math.min(7, Math.floor(8 * Math.max(height === 1 ? 0 : u / height1, v / width1)));
  };
  const count = channels * height * width;
  const sorted = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => block(a) - block(b) || a - b);
  const ends = new Uint32Array(8);
  sorted.forEach((index, place) => (ends[block(index)] = place + 1));
  return {
    count,
    blockEnd: (place) => ends[block(sorted[place]!)]!,
    add(x, sample, direction, length, ball) {
      const index = sorted[direction]!;
      const channel = Math.floor(index / (height * width));
      const u = Math.floor((index % (height * width)) / width);
      const v = index % width;
      // Of linf a wave's crest is as high as the ball: its length is not what is bounded.
      const scale = ball.norm === 'linf' ? length * Math.sqrt((height * width) / 2) : length;
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < width; c++) {
          const at = sample * count + channel * height * width + r * width + c;
          x[at]! += scale * rows[u * height + r]! * columns[v * width + c]!;
        }
      }
    },
  };
}
