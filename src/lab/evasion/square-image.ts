// Square Attack's changes to images: squares of one sign a channel for linf, bumps that trade their weight for l2.
import type { Ball } from './ball.ts';
import type { Stream } from './stream.ts';

/** Changes the sample's row of `x`, which holds the best so far; what leaves the ball is brought back by the caller. */
export type Proposal = (x: Float32Array, sample: number, share: number, stream: Stream) => void;

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Two pyramids of opposed signs in a square of the side, of length 1; row-major. */
export function bump(side: number, turned: boolean): Float64Array {
  const values = new Float64Array(side * side);
  const half = Math.floor(side / 2);
  const put = (row0: number, rows: number, sign: number): void => {
    const middleRow = Math.floor(rows / 2);
    const middleColumn = Math.floor(side / 2);
    const part = new Float64Array(rows * side);
    let square = 0;
    for (let ring = 0; ring < Math.max(middleRow, middleColumn) + 1; ring++) {
      const weight = 1 / (ring + 1) ** 2;
      for (let r = Math.max(0, middleRow - ring); r <= Math.min(rows - 1, middleRow + ring); r++) {
        for (let c = Math.max(0, middleColumn - ring); c <= Math.min(side - 1, middleColumn + ring); c++) {
          part[r * side + c]! += weight;
        }
      }
    }
    for (const value of part) square += value * value;
    const scale = square > 0 ? sign / Math.sqrt(square) : 0;
    for (let i = 0; i < part.length; i++) {
      const r = row0 + Math.floor(i / side);
      const c = i % side;
      values[turned ? c * side + r : r * side + c] = scale * part[i]!;
    }
  };
  if (half > 0) put(0, half, 1);
  put(half, side - half, -1);
  let square = 0;
  for (const value of values) square += value * value;
  return values.map((value) => value / Math.sqrt(square));
}

/** Vertical stripes for linf; a grid of bumps for l2. */
export function imageStart(ball: Ball, shape: ImageShape, x: Float32Array, sample: number, stream: Stream): void {
  const { channels, height, width } = shape;
  const from = sample * ball.size;
  if (ball.norm === 'linf') {
    for (let c = 0; c < channels; c++) {
      for (let column = 0; column < width; column++) {
        const move = stream.sign() * ball.eps;
        for (let row = 0; row < height; row++) x[from + (c * height + row) * width + column]! += move;
      }
    }
    return;
  }
  const side = Math.max(1, Math.floor(Math.min(height, width) / 5));
  const values = bump(side, stream.next() > 0.5);
  const cells = channels * Math.floor(height / side) * Math.floor(width / side);
  const scale = ball.eps / Math.sqrt(cells);
  for (let c = 0; c < channels; c++) {
    for (let top = 0; top + side <= height; top += side) {
      for (let edge = 0; edge + side <= width; edge += side) {
        const sign = stream.sign() * scale;
        for (let i = 0; i < values.length; i++) {
          x[from + (c * height + top + Math.floor(i / side)) * width + edge + (i % side)]! += sign * values[i]!;
        }
      }
    }
  }
}

export function imageProposal(ball: Ball, shape: ImageShape): Proposal {
  return ball.norm === 'linf' ? squares(ball, shape) : bumps(ball, shape);
}

function squares({ eps, size, original }: Ball, { channels, height, width }: ImageShape): Proposal {
  return (x, sample, share, stream) => {
    const from = sample * size;
    const side = Math.max(1, Math.min(height, width, Math.round(Math.sqrt(share * height * width))));
    const top = stream.below(height - side + 1);
    const edge = stream.below(width - side + 1);
    for (let c = 0; c < channels; c++) {
      const move = stream.sign() * eps;
      for (let row = top; row < top + side; row++) {
        const start = from + (c * height + row) * width + edge;
        // Twice the bound from anywhere in the ball ends at its edge.
        for (let i = start; i < start + side; i++) x[i] = original[i]! + move;
      }
    }
  };
}

/** A window takes the weight of another, and what the bound leaves (algorithm 3 of the paper). */
function bumps({ eps, size, original }: Ball, { channels, height, width }: ImageShape): Proposal {
  const move = new Float64Array(size);
  const fresh = new Float64Array(size);
  const made = new Map<number, Float64Array>();
  const cached = (side: number, turned: boolean): Float64Array => {
    const key = turned ? -side : side;
    const known = made.get(key) ?? bump(side, turned);
    made.set(key, known);
    return known;
  };
  return (x, sample, share, stream) => {
    const from = sample * size;
    let side = Math.max(3, Math.round(Math.sqrt(share * height * width)));
    if (side % 2 === 0) side++;
    const most = Math.min(height, width);
    side = Math.min(side, most % 2 === 0 ? most - 1 : most);
    const top = stream.below(height - side + 1);
    const edge = stream.below(width - side + 1);
    const top2 = stream.below(height - side + 1);
    const edge2 = stream.below(width - side + 1);
    const shaped = cached(side, stream.next() > 0.5);
    const inside = (row: number, column: number, t: number, e: number): boolean =>
      row >= t && row < t + side && column >= e && column < e + side;
    let whole = 0;
    for (let j = 0; j < size; j++) {
      move[j] = x[from + j]! - original[from + j]!;
      whole += move[j]! * move[j]!;
    }
    const spare = Math.max(0, eps * eps - whole) / channels;
    for (let c = 0; c < channels; c++) {
      const plane = c * height * width;
      let windows = 0;
      let first = 0;
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const value = move[plane + row * width + column]! ** 2;
          const isFirst = inside(row, column, top, edge);
          if (isFirst) first += value;
          if (isFirst || inside(row, column, top2, edge2)) windows += value;
        }
      }
      const sign = stream.sign();
      const old = 1 / (1e-12 + Math.sqrt(first));
      let square = 0;
      for (let i = 0; i < shaped.length; i++) {
        const at = plane + (top + Math.floor(i / side)) * width + edge + (i % side);
        fresh[i] = sign * shaped[i]! + old * move[at]!;
        square += fresh[i]! * fresh[i]!;
      }
      const scale = Math.sqrt(spare + windows) / (1e-12 + Math.sqrt(square));
      for (let row = top2; row < top2 + side; row++)
        move.fill(0, plane + row * width + edge2, plane + row * width + edge2 + side);
      for (let i = 0; i < shaped.length; i++) {
        move[plane + (top + Math.floor(i / side)) * width + edge + (i % side)] = scale * fresh[i]!;
      }
    }
    let length = 0;
    for (let j = 0; j < size; j++) length += move[j]! * move[j]!;
    const scale = eps / (1e-12 + Math.sqrt(length));
    for (let j = 0; j < size; j++) x[from + j] = original[from + j]! + scale * move[j]!;
  };
}
