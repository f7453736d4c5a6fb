// Asking a session: samples in batches of the size that the model takes, answers as a row of scores for each.
import { AncileError } from '../../base/index.ts';
import type { Feed, OpenSession, TensorLike } from '../../onnx/index.ts';
import type { Batch, Output } from '../target.ts';
import { type FeedType, toFeed } from './onnx-input.ts';

export interface Scores {
  readonly data: Float32Array;
  /** Numbers for each sample. */
  readonly columns: number;
}

/** A session and how it is asked: in batches of a size of its own, if it has one. */
export interface Asked {
  readonly session: OpenSession;
  readonly input: string;
  readonly type: FeedType;
  readonly shape: readonly number[];
  readonly fixed: number | undefined;
}

/** Runs in pieces of the model's own size; what is missing of the last is filled with its first sample. */
export async function inPieces(
  { fixed }: Pick<Asked, 'fixed'>,
  count: number,
  run: (from: number, to: number, size: number) => Promise<void>,
): Promise<void> {
  const size = fixed ?? count;
  for (let from = 0; from < count; from += size) await run(from, Math.min(count, from + size), size);
}

export function piece(batch: Batch, from: number, to: number, size: number): Float32Array {
  const each = batch.data.length / batch.count;
  const slice = batch.data.subarray(from * each, to * each);
  if (to - from === size) return slice;
  const filled = new Float32Array(size * each);
  filled.set(slice);
  for (let i = to - from; i < size; i++) filled.set(slice.subarray(0, each), i * each);
  return filled;
}

/** One piece is what it is, without being copied. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function feedOf({ type, shape }: Pick<Asked, 'type' | 'shape'>, data: Float32Array, count: number): Feed {
  return toFeed(type, data, [count, ...shape]);
}

/** Numbers of a tensor, whatever their type. */
export function toFloats({ data }: Pick<TensorLike, 'data'>): Float32Array {
  if (data instanceof Float32Array) return data;
  return Float32Array.from({ length: data.length }, (_, i) => Number(data[i]));
}

/** A row for each sample: axes of one beside that of the classes are no difference. */
function widthOf({ dims, data }: TensorLike, size: number, output: string): number {
  const rest = dims[0] === size ? dims.slice(1) : size === 1 ? dims : undefined;
  if (rest !== undefined && rest.filter((dim) => dim !== 1).length <= 1) return data.length / size;
  throw new AncileError('model_invalid', `output ${JSON.stringify(output)} is of the shape ${dims.join(' x ')}`, {
    at: output,
    hint: `Expected a row for each of ${size} samples: one score for each class. --output names another output.`,
  });
}

/** @throws AncileError `model_invalid` where the runtime cannot compute it, or it is no row for each sample */
export async function askScores(asked: Asked, output: string, batch: Batch): Promise<Scores> {
  let data: Float32Array | undefined;
  let columns = 0;
  await inPieces(asked, batch.count, async (from, to, size) => {
    const given = feedOf(asked, piece(batch, from, to, size), size);
    const value = (await asked.session.run({ [asked.input]: given }, [output]))[output]!;
    columns = widthOf(value, size, output);
    data ??= new Float32Array(batch.count * columns);
    data.set(toFloats(value).subarray(0, (to - from) * columns), from * columns);
  });
  return { data: data ?? new Float32Array(), columns };
}

/** Whether rows are shares of one; of one column, whether all lie between 0 and 1. */
export function areShares({ data, columns }: Scores): boolean {
  for (let row = 0; row < data.length; row += columns) {
    let sum = 0;
    for (let i = 0; i < columns; i++) {
      if (!(data[row + i]! >= 0 && data[row + i]! <= 1.0001)) return false;
      sum += data[row + i]!;
    }
    if (columns > 1 && Math.abs(sum - 1) > 2e-3) return false;
  }
  return true;
}

/** One column stands for the second of two classes: as a share, or as a logit over nothing. */
export function asTwo({ data, columns }: Scores, gives: Output): Scores {
  if (columns !== 1) return { data, columns };
  const two = new Float32Array(data.length * 2);
  data.forEach((value, i) => {
    two[i * 2] = gives === 'probabilities' ? 1 - value : 0;
    two[i * 2 + 1] = value;
  });
  return { data: two, columns: 2 };
}

export function asLabels(labels: Float32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    if (label >= 0 && label < classes) rows[i * classes + label] = 1;
  });
  return rows;
}
