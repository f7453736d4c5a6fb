// What every attack owes: its examples lie where they may, the same seed finds the same, and being cut off loses nothing.
import { expect, it } from 'vitest';
import type { Attack, AttackContext, Norm, Space } from '../attack.ts';
import { analyticTarget, perceptron } from '../testing/analytic.ts';
import { contextOf } from '../testing/context.ts';
import { BudgetSpent, type Target } from '../target.ts';
import { ATTACKS } from './attacks.ts';
import { distance } from './distance.ts';
import { Stream } from './stream.ts';

const SHAPE = [1, 6, 6];
const SIZE = 36;
const CLASSES = 5;

function network(): ReturnType<typeof perceptron> {
  const stream = new Stream(11);
  const matrix = (rows: number, columns: number, scale: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * stream.normal()));
  return perceptron(matrix(12, SIZE, 0.3), matrix(1, 12, 0.1)[0]!, matrix(CLASSES, 12, 1), matrix(1, CLASSES, 0.1)[0]!);
}

const net = network();
const stream = new Stream(5);
const rows = Array.from({ length: 8 }, () => Array.from({ length: SIZE }, () => stream.next()));
const labels = rows.map((row) => {
  const logits = net.logits(row);
  return logits.indexOf(Math.max(...logits));
});
const EPS: Record<Norm, number> = { linf: 0.15, l2: 0.9, l1: 3 };

function targetFor(attack: Attack): ReturnType<typeof analyticTarget> {
  const gives = attack.needs === 'gradients' ? 'logits' : attack.needs;
  return analyticTarget(net, { gives, gradients: attack.needs === 'gradients', shape: SHAPE });
}

function stepsOf(attack: Attack): number {
  return attack.needs === 'gradients' ? Math.min(attack.defaultSteps, 12) : 300;
}

const fooledRows = (best: Float32Array): number[] =>
  labels.flatMap((label, i) => {
    const logits = net.logits(best.subarray(i * SIZE, (i + 1) * SIZE));
    return logits.indexOf(Math.max(...logits)) === label ? [] : [i];
  });

const every = [...ATTACKS.values()].flatMap((attack) => attack.norms.map((norm) => [attack, norm] as const));

it.each(every.map(([attack, norm]) => [`${attack.name} ${norm}`, attack, norm] as const))(
  'finds examples within ball, box and mask, the same each time, in any company: %s',
  async (_, attack, norm) => {
    const mutable = Uint8Array.from({ length: SIZE }, (_, j) => (j % 7 === 0 ? 0 : 1));
    const space: Space = { low: 0, high: new Float32Array(SIZE).fill(1), mutable };
    const given = { norm, eps: EPS[norm], steps: stepsOf(attack), space };
    const context = contextOf(attack, { ...given, target: targetFor(attack), rows, labels });
    await attack.run(context);
    const { best, batch } = context;
    for (let i = 0; i < rows.length; i++) {
      expect(distance(norm, best, i * SIZE, batch.data, i * SIZE, SIZE)).toBeLessThanOrEqual(EPS[norm]);
      for (let j = 0; j < SIZE; j++) {
        expect(best[i * SIZE + j]).toBeGreaterThanOrEqual(0);
        expect(best[i * SIZE + j]).toBeLessThanOrEqual(1);
        if (mutable[j] === 0) expect(best[i * SIZE + j]).toBe(batch.data[i * SIZE + j]);
      }
    }
    expect(fooledRows(best).length, 'some are fooled').toBeGreaterThan(0);

    const half = rows.length / 2;
    const random = new Stream(7);
    const parts: Float32Array[] = [];
    for (const [start, end] of [
      [0, half],
      [half, rows.length],
    ] as const) {
      const part = contextOf(attack, {
        ...given,
        target: targetFor(attack),
        rows: rows.slice(start, end),
        labels: labels.slice(start, end),
        random: () => random.next(),
      });
      await attack.run(part);
      parts.push(part.best);
    }
    expect([...parts[0]!, ...parts[1]!]).toEqual([...best]);
  },
);

/** A target that pays for so many rows and no more. */
function limited(target: Target, budget: number): Target {
  let left = budget;
  const pay = (count: number): void => {
    if (count > left) throw new BudgetSpent();
    left -= count;
  };
  const { gradients } = target;
  return {
    ...target,
    scores: async (batch) => {
      pay(batch.count);
      return await target.scores(batch);
    },
    ...(gradients && {
      gradients: {
        ofLoss: async (...asked) => {
          pay(asked[1].count);
          return await gradients.ofLoss(...asked);
        },
        ofScores: async (...asked) => {
          pay(asked[0].count);
          return await gradients.ofScores(...asked);
        },
      },
    }),
  };
}

it.each([...ATTACKS.values()].filter(({ name }) => name !== 'fgsm'))(
  'keeps what it has when the budget ends: $name',
  async (attack) => {
    const norm = attack.norms[0]!;
    const given = { norm, eps: EPS[norm], steps: stepsOf(attack), rows, labels };
    const whole = contextOf(attack, { ...given, target: targetFor(attack) });
    await attack.run(whole);
    const spent = (whole.target as ReturnType<typeof analyticTarget>).asked;
    const cut = contextOf(attack, { ...given, target: limited(targetFor(attack), spent - 1) });
    await expect(attack.run(cut)).rejects.toThrow(BudgetSpent);
    expect(fooledRows(cut.best).length).toBeGreaterThan(0);
    for (let i = 0; i < rows.length; i++) {
      expect(distance(norm, cut.best, i * SIZE, cut.batch.data, i * SIZE, SIZE)).toBeLessThanOrEqual(EPS[norm]);
    }
  },
);

it.each([...ATTACKS.values()])('stops when it is told to, before the next question: $name', async (attack) => {
  const stop = new AbortController();
  let asked = 0;
  const target = analyticTarget(net, {
    shape: SHAPE,
    onAsk: () => {
      if (++asked === 3) stop.abort();
    },
  });
  const context = contextOf(attack, { target, rows, labels, eps: 1e-4, signal: stop.signal });
  const run = attack.run(context);
  if (attack.name === 'fgsm') await run;
  else await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  expect(asked).toBeLessThanOrEqual(3);
});

it('asks only for what could exist, and finds such examples', async () => {
  // Every third number is a whole one of 0 and 1; no more than eight differ.
  const repair = (sample: Float32Array, original: Float32Array): void => {
    const moves = Array.from(sample, (value, j) => {
      if (j % 3 === 0) sample[j] = Math.round(value);
      return [Math.abs(sample[j]! - original[j]!), j] as const;
    }).sort((a, b) => b[0] - a[0]);
    for (const [, j] of moves.slice(8)) sample[j] = original[j]!;
  };
  const real = rows.map((row) => row.map((value, j) => (j % 3 === 0 ? Math.round(value) : value)));
  const truth = real.map((row) => {
    const logits = net.logits(row);
    return logits.indexOf(Math.max(...logits));
  });
  for (const attack of ATTACKS.values()) {
    const steps = stepsOf(attack);
    const space: Space = { low: 0, high: 1, repair };
    const norm = attack.norms.includes('l1') ? 'l1' : 'l2';
    if (!attack.norms.includes(norm)) continue;
    const given: Partial<AttackContext> = { norm, eps: 3, steps, space };
    const context = contextOf(attack, { ...given, target: targetFor(attack), rows: real, labels: truth });
    await attack.run(context);
    let fooled = 0;
    for (let i = 0; i < real.length; i++) {
      const row = context.best.subarray(i * SIZE, (i + 1) * SIZE);
      const original = context.batch.data.subarray(i * SIZE, (i + 1) * SIZE);
      const repaired = Float32Array.from(row);
      repair(repaired, original);
      expect([...repaired], attack.name).toEqual([...row]);
      expect(distance(norm, row, 0, original, 0, SIZE)).toBeLessThanOrEqual(3);
      const logits = net.logits(row);
      if (logits.indexOf(Math.max(...logits)) !== truth[i]) fooled++;
    }
    expect(fooled, attack.name).toBeGreaterThan(0);
  }
});
