// The yardstick first: slopes of the analytic models against differences.
import { expect, it } from 'vitest';
import { Stream } from '../evasion/stream.ts';
import { lossOf, perceptron } from './analytic.ts';

it('has the slopes that differences give, of each loss', () => {
  const stream = new Stream(3);
  const matrix = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => stream.normal()));
  const network = perceptron(matrix(7, 4), matrix(1, 7)[0]!, matrix(5, 7), matrix(1, 5)[0]!);
  const x = [0.2, 0.9, 0.4, 0.6];
  for (const [name, target] of [['cross-entropy'], ['margin'], ['dlr'], ['dlr', 2], ['cross-entropy', 2]] as const) {
    const loss = (at: readonly number[]): number => lossOf(name, network.logits(at), 1, target).value;
    const slope = network.pull(x, lossOf(name, network.logits(x), 1, target).slopes);
    x.forEach((_, j) => {
      const shifted = (by: number): number[] => x.map((value, i) => (i === j ? value + by : value));
      expect(slope[j], `${name} ${target}`).toBeCloseTo((loss(shifted(1e-6)) - loss(shifted(-1e-6))) / 2e-6, 5);
    });
  }
});
