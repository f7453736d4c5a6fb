// What happens to rows of tables: measured less well, left out, in the wrong column.
import type { Stream } from '../evasion/stream.ts';
import type { Severity } from './image.ts';

/** Of each column of the data at hand. */
export interface Columns {
  readonly deviation: Float64Array;
  readonly median: Float64Array;
}

/** @param data - rows of `size` numbers */
export function columnsOf(data: Float32Array, size: number): Columns {
  const rows = size === 0 ? 0 : data.length / size;
  const deviation = new Float64Array(size);
  const median = new Float64Array(size);
  const values = new Float64Array(rows);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < rows; i++) values[i] = data[i * size + j]!;
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    deviation[j] = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    values.sort();
    median[j] = values[Math.floor(rows / 2)] ?? 0;
  }
  return { deviation, median };
}

/** Changes a row in place. */
export type CorruptRow = (row: Float32Array, columns: Columns, severity: Severity, stream: Stream) => void;

const NOISE = [0.05, 0.1, 0.2, 0.35, 0.5];
const MISSING = [0.05, 0.1, 0.2, 0.3, 0.5];
const SWAPS = [0.05, 0.1, 0.2, 0.3, 0.5];

/** Shares of each column's deviation. */
export const noise: CorruptRow = (row, { deviation }, severity, stream) => {
  for (let j = 0; j < row.length; j++) row[j]! += NOISE[severity - 1]! * deviation[j]! * stream.normal();
};

/** As gaps are filled mostly: with the column's median. */
export const missing: CorruptRow = (row, { median }, severity, stream) => {
  for (let j = 0; j < row.length; j++) if (stream.next() < MISSING[severity - 1]!) row[j] = median[j]!;
};

/** Two columns take each other's value: one pair at least, more at greater severity. */
export const swap: CorruptRow = (row, _, severity, stream) => {
  if (row.length < 2) return;
  const pairs = Math.max(1, Math.round((SWAPS[severity - 1]! * row.length) / 2));
  for (let pair = 0; pair < pairs; pair++) {
    const a = stream.below(row.length);
    const b = (a + 1 + stream.below(row.length - 1)) % row.length;
    [row[a], row[b]] = [row[b]!, row[a]!];
  }
};
