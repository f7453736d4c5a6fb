// Resampling of one axis as a matrix: which numbers, with which weights, each new one is made of. Source: the ONNX operator
// `Resize`, its coordinate transformation modes and interpolations.

export interface Resampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
}

function originOf(coordinates: string, place: number, scale: number, from: number, to: number): number | undefined {
  switch (coordinates) {
    case 'half_pixel':
      return (place + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (place + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to === 1 ? 0 : (place * (from - 1)) / (to - 1);
    case 'asymmetric':
      return place / scale;
    case 'tf_half_pixel_for_nn':
      return (place + 0.5) / scale;
    case 'half_pixel_symmetric': {
      const adjusted = to / (scale * from);
      const centre = from / 2;
      return centre * (1 - adjusted) + (place + 0.5) / scale - 0.5;
    }
    default:
      return undefined;
  }
}

function nearestTo(origin: number, rounding: string): number {
  switch (rounding) {
    case 'round_prefer_ceil':
      return Math.floor(origin + 0.5);
    case 'floor':
      return Math.floor(origin);
    case 'ceil':
      return Math.ceil(origin);
    default:
      // round_prefer_floor
      return Math.ceil(origin - 0.5);
  }
}

/** Keys 1981: the weights of four numbers around a place, by how far it is behind the second. */
function cubicWeights(t: number, a: number): number[] {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/**
 * @returns `to` rows of `from` weights, or undefined for coordinates that are not known
 */
export function resamplingMatrix(
  { mode, coordinates, nearest, cubicCoefficient, excludeOutside }: Resampling,
  from: number,
  to: number,
  scale: number,
): Float32Array | undefined {
  const matrix = new Float32Array(to * from);
  for (let place = 0; place < to; place++) {
    const origin = originOf(coordinates, place, scale, from, to);
    if (origin === undefined) return undefined;
    const add = (at: number, weight: number): void => {
      const inside = Math.min(from - 1, Math.max(0, at));
      matrix[place * from + inside]! += weight;
    };
    if (mode === 'nearest') add(nearestTo(origin, nearest), 1);
    else if (mode === 'linear') {
      // Beyond the ends there is only the end.
      const bounded = Math.min(from - 1, Math.max(0, origin));
      const below = Math.floor(bounded);
      add(below, 1 - (bounded - below));
      add(below + 1, bounded - below);
    } else {
      const below = Math.floor(origin);
      const weights = cubicWeights(origin - below, cubicCoefficient);
      const isIn = (k: number): boolean => below - 1 + k >= 0 && below - 1 + k < from;
      const kept = weights.map((weight, k) => (excludeOutside && !isIn(k) ? 0 : weight));
      const total = excludeOutside ? kept.reduce((sum, weight) => sum + weight, 0) : 1;
      kept.forEach((weight, k) => add(below - 1 + k, weight / total));
    }
  }
  return matrix;
}
