// What an endpoint answered, as scores of each sample: rows of numbers, or labels.
import { AncileError } from '../../base/index.ts';
import type { Output } from '../target.ts';

const MOST_CLASSES = 100_000;

/** Answers of a model for some samples. */
export interface Answered {
  /** count x classes; labels as they came where there is one number for each. */
  readonly rows: Float32Array;
  readonly width: number;
}

const malformed = (message: string): AncileError =>
  new AncileError('upstream_malformed', `the model's answer: ${message}`);

/** Nested lists of numbers, or objects with one list each, flattened: one row a sample. */
export function toRows(value: unknown, count: number): Answered {
  const numbers: number[] = [];
  const visit = (each: unknown, depth: number): void => {
    if (typeof each === 'number' || typeof each === 'boolean') numbers.push(Number(each));
    else if (Array.isArray(each) && depth < 8) for (const inner of each) visit(inner, depth + 1);
    else throw malformed(`expected numbers, found ${JSON.stringify(each)?.slice(0, 60)}`);
  };
  visit(value, 0);
  if (numbers.length === 0 || numbers.length % count !== 0)
    throw malformed(`${numbers.length} numbers for ${count} samples`);
  const width = numbers.length / count;
  if (width > MOST_CLASSES) throw malformed(`${width} numbers for one sample`);
  const rows = Float32Array.from(numbers);
  if (!rows.every((number) => !Number.isNaN(number))) throw malformed('it holds what is no number');
  return { rows, width };
}

/** What a first answer looks like, where nobody said: one whole number is a label, shares that sum to 1 are probabilities. */
export function guessOutput({ rows, width }: Answered): Output {
  if (width === 1) return 'labels';
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width);
    const sum = row.reduce((total, value) => total + value, 0);
    if (!row.every((value) => value >= 0 && value <= 1) || Math.abs(sum - 1) > 1e-3) return 'logits';
  }
  return 'probabilities';
}

/**
 * Scores of a fixed number of classes. One number for a sample is a label, or of two classes the probability of the second; a row
 * where only its greatest place may be known becomes 1 there.
 * @throws AncileError `upstream_malformed`
 */
export function toScores({ rows, width }: Answered, classes: number, gives: Output): Float32Array {
  const count = rows.length / width;
  if (gives !== 'labels') {
    if (width === classes) return rows;
    if (width === 1 && classes === 2 && gives === 'probabilities') {
      return Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 1 ? rows[i >> 1]! : 1 - rows[i >> 1]!));
    }
    throw malformed(`${width} numbers for a sample, and the model has ${classes} classes`);
  }
  const scores = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const label = width === 1 ? row[0]! : row.indexOf(row.reduce((most, value) => Math.max(most, value), -Infinity));
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw malformed(`${label} is no class from 0 to ${classes - 1}`);
    scores[i * classes + label] = 1;
  }
  return scores;
}
