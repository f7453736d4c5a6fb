// Samples with their labels, from a file that somebody gave: what a model is measured on.
import { AncileError } from '../../base/index.ts';
import { digestFile, openBytes } from './file-bytes.ts';
import { parseCsv } from './csv.ts';
import { type NumericArray } from './npy.ts';
import { openNpz } from './npz.ts';

const MOST_CSV = 256 << 20;

export interface Samples {
  readonly path: string;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  readonly count: number;
  /** Of one sample. */
  readonly shape: readonly number[];
  /** count x size, row-major. */
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly columns?: readonly string[];
  readonly classNames?: readonly string[];
}

interface SampleOptions {
  /** Take this many from the beginning. */
  readonly most?: number | undefined;
  /** Of a table: the column of labels. */
  readonly label?: string | undefined;
}

const refuse = (name: string, message: string, hint?: string): AncileError =>
  new AncileError('request_invalid', `array ${name}: ${message}`, {
    at: name,
    ...(hint === undefined ? {} : { hint }),
  });

/** Labels as classes: whole numbers, or the place of the greatest in rows of one-hot or probabilities. */
function toLabels({ data, shape }: NumericArray, count: number): Int32Array {
  if (shape[0] !== count) throw refuse('y', `${shape[0] ?? 'one number'} labels for ${count} samples`);
  const width = data.length / Math.max(1, count);
  if (shape.length > 2 && width !== 1)
    throw refuse('y', `expected [${count}] or [${count}, classes], found [${shape.join(', ')}]`);
  if (width > 1) {
    return Int32Array.from({ length: count }, (_, i) => {
      const row = Float64Array.from(data.subarray(i * width, (i + 1) * width));
      const sum = row.reduce((total, value) => total + value, 0);
      if (!row.every((value) => value >= 0 && value <= 1) || Math.abs(sum - 1) > 1e-3) {
        throw refuse('y', `row ${i} is no one-hot label`);
      }
      return row.indexOf(Math.max(...row));
    });
  }
  return Int32Array.from(data, (value, i) => {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
    throw refuse(
      'y',
      `label ${i} is ${value}, and a class from 0 was expected`,
      'Labels are the numbers of the classes as the model counts them: (y + 1) // 2 of -1 and 1, y - 1 of those that begin at 1.',
    );
  });
}

function checkFinite(x: Float32Array, size: number): void {
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i])) throw refuse('x', `sample ${Math.floor(i / size)} holds ${x[i]}`);
  }
}

/** Names that are commonly given to samples and labels, looked for where there is no `x` or `y`; case is no difference. */
const NAMES = {
  x: ['x', 'x_test', 'data', 'images', 'features', 'inputs', 'samples'],
  y: ['y', 'y_test', 'labels', 'label', 'targets', 'target'],
} as const;

function nameIn(names: readonly string[], wanted: keyof typeof NAMES): string {
  for (const known of NAMES[wanted]) {
    const found = names.find((name) => name === known) ?? names.find((name) => name.toLowerCase() === known);
    if (found !== undefined) return found;
  }
  return wanted;
}

function fromNpz(bytes: ReturnType<typeof openBytes>): Pick<Samples, 'x' | 'shape' | 'count' | 'labels'> {
  const npz = openNpz(bytes);
  const x = npz.read(nameIn(npz.names, 'x'));
  if (x.shape.length < 2) throw refuse('x', `expected samples in rows, found [${x.shape.join(', ')}]`);
  const [count = 0, ...shape] = x.shape;
  return {
    x: x.data instanceof Float32Array ? x.data : new Float32Array(x.data),
    shape,
    count,
    labels: toLabels(npz.read(nameIn(npz.names, 'y')), count),
  };
}

/**
 * Reads `.npz` (arrays `x` and `y`) or `.csv`.
 * @throws AncileError `usage` where the file cannot be read, `request_invalid` naming what in it is not as expected
 */
export function loadSamples(path: string, { most, label }: SampleOptions = {}): Samples {
  const bytes = openBytes(path);
  try {
    const isZip = Buffer.from(bytes.read(0, 2)).toString('latin1') === 'PK';
    let read: Omit<Samples, 'path' | 'digest'>;
    if (isZip) read = fromNpz(bytes);
    else if (/\.csv$/i.test(path)) {
      if (bytes.size > MOST_CSV) throw new AncileError('request_invalid', `${path} is larger than ${MOST_CSV} bytes`);
      const { x, labels, rows, columns, classNames } = parseCsv(
        Buffer.from(bytes.read(0, bytes.size)).toString('utf8'),
        label,
      );
      read = {
        x,
        labels,
        count: rows,
        shape: [columns.length],
        columns,
        ...(classNames === undefined ? {} : { classNames }),
      };
    } else {
      throw new AncileError('request_invalid', `${path} is neither .npz nor .csv`, {
        at: path,
        hint: 'numpy.savez(file, x=x, y=y) writes what is read here.',
      });
    }
    const size = read.shape.reduce((product, extent) => product * extent, 1);
    if (read.count === 0 || size === 0) throw refuse('x', 'there are no samples');
    checkFinite(read.x, size);
    const count = Math.min(read.count, most ?? read.count);
    return {
      ...read,
      path,
      digest: digestFile(path),
      count,
      x: read.x.subarray(0, count * size),
      labels: read.labels.subarray(0, count),
    };
  } finally {
    bytes.close();
  }
}

/** As it is told: `[1, 28, 28]`. */
const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * Holds the samples against what a model takes. Axes of one are no difference, and flat rows are whatever has their size.
 * @throws AncileError `request_invalid`
 */
export function checkShape(samples: Pick<Samples, 'shape'>, wanted: readonly number[]): void {
  const plain = (shape: readonly number[]): string => shape.filter((extent) => extent !== 1).join();
  const size = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
  const { shape } = samples;
  if (plain(shape) === plain(wanted)) return;
  if (size(shape) === size(wanted) && (shape.length === 1 || wanted.length === 1)) return;
  const isTurned = shape.length === 3 && wanted.length === 3 && [...shape].sort().join() === [...wanted].sort().join();
  const order = shape[2] === wanted[0] ? '(0, 3, 1, 2)' : '(0, 2, 3, 1)';
  throw new AncileError('request_invalid', `array x: the model takes ${show(wanted)}, and samples are ${show(shape)}`, {
    at: 'x',
    hint: isTurned ? `The channels stand elsewhere: x.transpose${order}.` : 'Prepare the data as the model takes it.',
  });
}

/** @throws AncileError `request_invalid` where a label is no class of the model */
export function checkLabels({ labels }: Pick<Samples, 'labels'>, classes: number): void {
  const at = labels.findIndex((label) => label >= classes);
  if (at !== -1) throw refuse('y', `label ${at} is ${labels[at]}, and the model has the classes 0 to ${classes - 1}`);
}
