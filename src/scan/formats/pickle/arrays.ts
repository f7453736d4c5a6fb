// Arrays that joblib writes into the middle of a pickle, right behind the BUILD of their wrapper (joblib/numpy_pickle.py). How long
// they are stands in the wrapper.
import { Box, Made, type Value, originOf } from './values.ts';

export interface ArrayBytes {
  /** Bytes of the array; an array of objects is a pickle of its own. */
  readonly length: number | 'pickle' | 'unknown';
  /** A byte that says how much padding follows comes first. */
  readonly aligned: boolean;
}

const WRAPPER = /(^|\.)joblib\.numpy_pickle$/;

/** Bytes of one element by the name of its type: `f8`, `<i4`, `U12`; undefined where it has no fixed size or is not known. */
export function itemSize(type: string): number | 'object' | undefined {
  const match = /^[<>=|]?([?a-zA-Z])(\d*)(\[\w+\])?$/.exec(type);
  if (match === null) return undefined;
  const [, kind, digits] = match;
  if (kind === 'O') return 'object';
  const size = digits === '' ? undefined : Number(digits);
  switch (kind) {
    case 'U':
      return 4 * (size ?? 0);
    case 'M':
    case 'm':
      return 8;
    case '?':
      return 1;
    case 'S':
    case 'a':
    case 'V':
      return size ?? 0;
    default:
      return size;
  }
}

/** The size that a `numpy.dtype` value gives its elements, by its arguments and state. */
function elementOf(dtype: Value | undefined): number | 'object' | undefined {
  if (!(dtype instanceof Made) || originOf(dtype)?.name !== 'dtype' || !(dtype.args instanceof Box)) return undefined;
  const { state } = dtype;
  if (state instanceof Box && state.kind === 'tuple' && state.items[4] instanceof Box) {
    // Of a structure: bytes at 5, flags at 7, whose lowest bit says that it holds objects.
    const [size, flags] = [state.items[5], state.items[7]];
    if (typeof flags === 'number' && (flags & 1) !== 0) return 'object';
    if (typeof size === 'number' && size >= 0) return size;
  }
  const [type] = dtype.args.items;
  return typeof type === 'string' ? itemSize(type) : undefined;
}

/** What follows the BUILD of an object in the stream; undefined where it is no wrapper. */
export function arrayBehind(made: Made): ArrayBytes | undefined {
  const origin = originOf(made);
  if (origin?.name !== 'NumpyArrayWrapper' || !WRAPPER.test(origin.module) || !(made.state instanceof Box))
    return undefined;
  const { state } = made;
  const aligned = typeof state.get('numpy_array_alignment_bytes') === 'number';
  const element = elementOf(state.get('dtype'));
  if (element === 'object') return { length: 'pickle', aligned };
  const shape = state.get('shape');
  if (element === undefined || !(shape instanceof Box) || shape.count !== shape.items.length)
    return { length: 'unknown', aligned };
  let length = element;
  for (const extent of shape.items) {
    if (typeof extent !== 'number' || extent < 0) return { length: 'unknown', aligned };
    length *= extent;
  }
  return { length, aligned };
}
