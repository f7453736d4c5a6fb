// Models whose robust accuracy would say too much, and what is said of them.
import { expect, it } from 'vitest';
import type { AttackWarning } from '../attack.ts';
import { analyticTarget, linear, type Network, softmax } from '../testing/analytic.ts';
import { contextOf } from '../testing/context.ts';
import type { Target } from '../target.ts';
import { autoattack, autoattackRand } from './autoattack.ts';
import { checkTarget, isOverestimated } from './checks.ts';
import { Stream } from './stream.ts';

const stream = new Stream(2);
const plain = linear(
  Array.from({ length: 4 }, () => Array.from({ length: 6 }, () => stream.normal())),
  [0, 0, 0, 0],
);
const rows = Array.from({ length: 10 }, () => Array.from({ length: 6 }, () => stream.next()));
const labelsOf = (network: Network): number[] =>
  rows.map((row) => {
    const logits = network.logits(row);
    return logits.indexOf(Math.max(...logits));
  });

const kindsOf = async (target: Target, labels = labelsOf(plain)): Promise<string[]> =>
  (await checkTarget(contextOf(autoattack, { target, rows, labels, eps: 0.1 }))).map(({ kind }) => kind);

it('says nothing of a plain model', async () => {
  expect(await kindsOf(analyticTarget(plain))).toEqual([]);
});

it('tells a model that answers by chance', async () => {
  expect(await kindsOf(analyticTarget(plain, { noise: () => 0.01 * stream.normal() }))).toEqual(['randomised']);
});

it('tells probabilities that saturate, and slopes that vanish', async () => {
  const steep: Network = {
    ...plain,
    logits: (x) => softmax(plain.logits(x).map((logit) => 1e4 * logit)),
    pull: (x, weights) => {
      const p = softmax(plain.logits(x).map((logit) => 1e4 * logit));
      const mean = p.reduce((sum, value, c) => sum + value * weights[c]!, 0);
      return plain.pull(
        x,
        p.map((value, c) => 1e4 * value * (weights[c]! - mean)),
      );
    },
  };
  expect(await kindsOf(analyticTarget(steep))).toEqual(['probabilities', 'zero-gradients']);
});

it('tells a model whose answer depends on the company of a sample', async () => {
  const inner = analyticTarget(plain);
  const target: Target = {
    ...inner,
    scores: async (batch) => {
      const mean = batch.data.reduce((sum, value) => sum + value, 0) / batch.data.length;
      return (await inner.scores(batch)).map((score, i) => score + (i % 2) * mean);
    },
  };
  expect(await kindsOf(target)).toEqual(['dynamic']);
});

it('tells when the losses of the ensemble do not exist', async () => {
  const two = linear(
    [
      [1, 0, 0, 0, 0, 0],
      [-1, 0, 0, 0, 0, 1],
    ],
    [0, 0],
  );
  expect(await kindsOf(analyticTarget(two), labelsOf(two))).toEqual(['few-classes']);
});

it('prints overestimated when the square attack beats the gradients', async () => {
  // Right answers, and the same slope everywhere whatever is asked.
  const masked: Network = { ...plain, pull: () => [1, 1, 1, 1, 1, 1] };
  const warnings: AttackWarning[] = [];
  const context = contextOf(autoattack, {
    target: analyticTarget(masked),
    rows,
    labels: labelsOf(plain),
    eps: 0.2,
    steps: 8,
    onWarning: (warning) => warnings.push(warning),
  });
  await autoattack.run(context);
  expect(warnings.map(({ kind }) => kind)).toEqual(['overestimated']);
  expect(isOverestimated([0.5, 0.4], [0.39])).toBe(true);
  expect(isOverestimated([0.5, 0.4], [0.4])).toBe(false);
  expect(isOverestimated([], [0.4])).toBe(false);
});

it('attacks a model that answers by chance in the mean', async () => {
  const noise = (): number => 0.5 * stream.normal();
  const labels = labelsOf(plain);
  const context = contextOf(autoattackRand, {
    target: analyticTarget(plain, { noise }),
    rows,
    labels,
    eps: 0.2,
    steps: 10,
  });
  await autoattackRand.run(context);
  const sure = contextOf(autoattack, { target: analyticTarget(plain), rows, labels, eps: 0.2, steps: 10 });
  await autoattack.run(sure);
  const fooled = (best: Float32Array): number =>
    labels.filter((label, i) => {
      const logits = plain.logits(best.subarray(i * 6, (i + 1) * 6));
      return logits.indexOf(Math.max(...logits)) !== label;
    }).length;
  expect(fooled(sure.best)).toBeGreaterThan(2);
  expect(fooled(context.best)).toBeGreaterThanOrEqual(fooled(sure.best) - 2);
});
