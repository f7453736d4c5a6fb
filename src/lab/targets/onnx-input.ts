// Samples in the form that a model takes them: their shape and the type of their numbers.
import { AncileError } from '../../base/index.ts';
import type { Feed, ValueInfo } from '../../onnx/index.ts';

export type FeedType = 'float32' | 'float64' | 'uint8' | 'int8' | 'int32' | 'int64';

const TYPES: Readonly<Record<number, FeedType>> = {
  1: 'float32',
  11: 'float64',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
};

/** Numbers of a type; whole ones are rounded and kept within it. */
export function toFeed(type: FeedType, data: Float32Array, dims: readonly number[]): Feed {
  switch (type) {
    case 'float32':
      return { type, data, dims };
    case 'float64':
      return { type, data: Float64Array.from(data), dims };
    case 'uint8':
      return { type, data: Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round(value)))), dims };
    case 'int8':
      return { type, data: Int8Array.from(data, (value) => Math.min(127, Math.max(-128, Math.round(value)))), dims };
    case 'int32':
      return { type, data: Int32Array.from(data, (value) => Math.round(value)), dims };
    case 'int64':
      return { type, data: BigInt64Array.from(data, (value) => BigInt(Math.round(value) || 0)), dims };
  }
}

/** @throws AncileError `request_invalid` where the model takes whole numbers and the samples are of others */
export function checkWhole(example: Float32Array, type: FeedType): void {
  const other = example.find((value) => !Number.isInteger(value));
  if (other === undefined) return;
  throw new AncileError('request_invalid', `array x holds ${other}, and the model takes ${type}`, {
    at: 'x',
    hint: 'The array x must hold samples as the model takes them, such as pixels from 0 to 255.',
  });
}

export interface Fit {
  /** As the model takes one sample. */
  readonly shape: readonly number[];
  /** Samples that it takes at once, where that is fixed. */
  readonly fixed: number | undefined;
  readonly type: FeedType;
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);
const plain = (dims: readonly number[]): string => dims.filter((dim) => dim !== 1).join('x');

/**
 * The data's samples as the model takes them: of the same shape, or laid flat, or with axes of one more or less.
 * @param shape - of one sample of the data
 * @throws AncileError `model_invalid` where they do not fit
 */
export function fitShape({ name, type, shape: dims }: ValueInfo, shape: readonly number[]): Fit {
  const feed = TYPES[type ?? 1];
  if (feed === undefined) {
    throw new AncileError('model_invalid', `input ${JSON.stringify(name)} takes elements of the type ${type}`, {
      at: name,
      hint: 'Expected floats or whole numbers of up to 64 bits.',
    });
  }
  if (dims === undefined) return { shape, fixed: undefined, type: feed };
  const [first, ...rest] = dims;
  const fixed = typeof first === 'number' ? first : undefined;
  // A dimension without a number takes what the data has, if they have as many.
  const wanted =
    rest.length === shape.length ? rest.map((dim, i) => (typeof dim === 'number' ? dim : shape[i]!)) : rest;
  const known = wanted.every((dim) => typeof dim === 'number');
  if (known && product(wanted) === product(shape)) {
    const isFlat = wanted.length === 1 || shape.length === 1;
    if (isFlat || plain(wanted) === plain(shape)) return { shape: wanted, fixed, type: feed };
  }
  const expected = rest.map((dim) => dim ?? '?').join(' x ');
  const [a, b, c] = shape;
  const isTurned = (...turned: (number | undefined)[]): boolean =>
    shape.length === 3 && known && turned.join() === wanted.join();
  throw new AncileError('model_invalid', `the model takes samples of ${expected}, the data has ${shape.join(' x ')}`, {
    at: name,
    hint: isTurned(b, c, a)
      ? 'The model takes channels last: x.transpose(0, 2, 3, 1).'
      : isTurned(c, a, b)
        ? 'The model takes channels first: x.transpose(0, 3, 1, 2).'
        : 'The array x must hold samples as the model takes them: N x C x H x W, or N x F.',
  });
}
