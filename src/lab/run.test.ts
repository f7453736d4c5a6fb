// Whole runs on a model whose every answer is known: shares, budgets, stops, what is taken up again, and warnings.
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { Scorecard } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import type { Attack } from './attack.ts';
import { type RunOptions, runAttacks } from './run.ts';
import { toScorecard } from './scorecard.ts';
import { openState } from './state.ts';
import type { Target } from './target.ts';
import { CORNERS, SIZE, STEP, samplesOf, thresholdTarget } from './testing/threshold.ts';

/** One is classified wrong: its label says 1. */
const samples = { ...samplesOf([0.1, 0.3, 0.45, 0.7, 0.55, 0.49]), labels: Int32Array.of(0, 0, 0, 1, 1, 1) };

const optionsOf = (attacks: readonly Attack[], more: Partial<RunOptions> = {}): RunOptions => ({
  plans: attacks.map((attack) => ({ attack, steps: attack.defaultSteps })),
  norm: 'linf',
  eps: [0.1],
  seed: 0,
  batch: 2,
  space: () => ({ low: 0, high: 1 }),
  budget: {},
  signal: new AbortController().signal,
  ...more,
});

async function scorecardOf(target: Target, options: RunOptions): Promise<Scorecard> {
  const outcome = await runAttacks(target, samples, options);
  const card = toScorecard({
    ...{
      version: '0',
      time: new Date(0),
      target,
      model: { path: 'm' },
      samples,
      options,
      bounds: '',
      constrained: false,
      outcome,
    },
  });
  return Scorecard.parse(card);
}

it('attacks what is classified right, and counts all', async () => {
  const card = await scorecardOf(thresholdTarget(), optionsOf([STEP, CORNERS], { eps: [0.25, 0.1] }));
  expect(card.data).toMatchObject({ samples: 6, correct: 5, cleanAccuracy: 5 / 6, interval: wilson(5, 6) });
  // Within 0.1 fall 0.45 and 0.55; within 0.25 also 0.3 and 0.7.
  expect(card.curve.map(({ eps, robustAccuracy, worstCase }) => [eps, robustAccuracy, worstCase])).toEqual([
    [0.1, { step: 3 / 6, corners: 3 / 6 }, 3 / 6],
    [0.25, { step: 1 / 6, corners: 1 / 6 }, 1 / 6],
  ]);
  expect(card).toMatchObject({ complete: true, eps: 0.25, robustAccuracy: { step: 1 / 6 }, warnings: [] });
  expect(card.attacks[0]).toMatchObject({ name: 'step', attacked: 5, fooled: 2, interval: wilson(3, 6), rejected: {} });
  // 0.45 falls at the second corner, 0.55 at the first; the others are asked four times.
  expect(card.attacks[1]!.queries).toMatchObject({ total: 2 + 1 + 3 * 4, medianToSuccess: 1.5 });
  expect(card.confusion).toEqual({
    before: [
      [3, 0],
      [1, 2],
    ],
    after: [
      [1, 2],
      [3, 0],
    ],
  });
});

it('does not believe an attack that certifies itself', async () => {
  const liar: Attack = { ...STEP, name: 'liar', run: ({ best }) => Promise.resolve(void best.fill(0.9)) };
  const card = await scorecardOf(thresholdTarget(), optionsOf([liar]));
  expect(card.attacks[0]).toMatchObject({ fooled: 0, robustAccuracy: 5 / 6, rejected: { 'outside-eps': 5 } });
});

it('warns where gradients mislead', async () => {
  const card = await scorecardOf(thresholdTarget({ slope: 0 }), optionsOf([STEP, CORNERS]));
  expect(card.warnings.map(({ code, attack }) => [code, attack])).toEqual([
    ['overestimated', 'step'],
    ['zero-gradients', 'step'],
  ]);
  expect(card.warnings[0]!.message).toMatch(/^overestimated: corners.* on 2 samples/);
  const moody = thresholdTarget();
  let asked = 0;
  const answer: Target = {
    ...moody,
    scores: async (batch) => (await moody.scores(batch)).map((score) => score + asked++ * 1e-3),
  };
  expect((await scorecardOf(answer, optionsOf([]))).warnings.map(({ code }) => code)).toEqual(['randomised']);
});

it('ends with what there is when all queries are spent, and never asks more', async () => {
  const seen: { count: number }[] = [];
  const card = await scorecardOf(
    thresholdTarget({ seen: seen as never }),
    optionsOf([CORNERS, STEP], { budget: { total: 9 } }),
  );
  const asked = seen.reduce((sum, { count }) => sum + count, 0);
  expect(card.queries).toEqual({ attacks: 9, judge: asked - 9 });
  // Four each for the first two, then one more of the second batch: shares are of the four samples that were seen.
  expect(card.attacks).toEqual([expect.objectContaining({ name: 'corners', end: 'budget', attacked: 4, samples: 4 })]);
  expect(card).toMatchObject({ complete: false, robustAccuracy: { corners: 1 } });
  expect(card.warnings.map(({ message }) => message)).toEqual([
    'partial: corners within 0.1 had spent all queries after 4 of 5 samples; 2 of them were cut short',
    'partial: step within 0.1 had spent all queries after 0 of 5 samples',
  ]);
});

it('stops when it is told, and is taken up again to the same end', async () => {
  const path = join(tempFolder(), 'state');
  const whole = await scorecardOf(thresholdTarget(), optionsOf([STEP, CORNERS]));
  const stop = new AbortController();
  let judged = 0;
  const first = openState(path, { model: 'm', seed: 0 }, SIZE);
  const card = await scorecardOf(
    thresholdTarget(),
    optionsOf([STEP, CORNERS], { signal: stop.signal, kept: first, onJudged: () => ++judged === 4 && stop.abort() }),
  );
  first.close();
  expect(card.complete).toBe(false);
  expect(card.attacks.map(({ name, end, attacked }) => [name, end, attacked])).toEqual([
    ['step', 'complete', 5],
    ['corners', 'stopped', 2],
  ]);

  // Half a line, as when the power fails.
  const good = statSync(path).size;
  appendFileSync(path, readFileSync(path).subarray(0, 40));
  const again = openState(path, { model: 'm', seed: 0 }, SIZE);
  expect([again.restored, statSync(path).size]).toEqual([4, good]);
  const asked: { count: number }[] = [];
  const rest = await scorecardOf(
    thresholdTarget({ seen: asked as never }),
    optionsOf([STEP, CORNERS], { kept: again }),
  );
  again.close();
  const plain = ({ seconds: _, attacks, ...card }: Scorecard) => ({
    ...card,
    attacks: attacks.map((each) => ({ ...each, seconds: 0 })),
  });
  expect(plain(rest)).toEqual(plain(whole));

  expect(() => openState(path, { model: 'other', seed: 1 }, SIZE)).toThrow(
    /is of another run: model \("m" there, "other" now\), seed \(0 there, 1 now\)/,
  );
  writeFileSync(path, 'somebody else’s file\n');
  expect(() => openState(path, { model: 'm' }, SIZE)).toThrow(/is no state of a run/);
  truncateSync(path, 0);
  openState(path, { model: 'm' }, SIZE).close();
});

it('judges what was kept like anything else', async () => {
  const path = join(tempFolder(), 'state');
  const state = openState(path, {}, SIZE);
  const kept = {
    restore: (run: string, index: number) => {
      const batch = state.restore(run, index);
      return batch && { ...batch, examples: batch.examples.map(() => 0.99) };
    },
    keep: state.keep.bind(state),
  };
  await scorecardOf(thresholdTarget(), optionsOf([STEP], { kept }));
  state.close();
  const again = openState(path, {}, SIZE);
  const forged = await scorecardOf(
    thresholdTarget(),
    optionsOf([STEP], {
      kept: {
        ...kept,
        restore: (run, index) => {
          const batch = again.restore(run, index)!;
          return { ...batch, examples: batch.examples.map(() => 0.99) };
        },
      },
    }),
  );
  again.close();
  expect(forged.attacks[0]).toMatchObject({ fooled: 0, rejected: { 'outside-eps': 5 } });
});
