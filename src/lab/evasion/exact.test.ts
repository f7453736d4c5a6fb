// Attacks where the answer is known: of a linear model the nearest example of each sample has a formula.
import { expect, it } from 'vitest';
import type { Attack, AttackContext, Norm } from '../attack.ts';
import { analyticTarget, linear } from '../testing/analytic.ts';
import { contextOf } from '../testing/context.ts';
import { ATTACKS } from './attacks.ts';
import { distance } from './distance.ts';
import { shareAt } from './square.ts';
import { Stream } from './stream.ts';

const SIZE = 16;
const stream = new Stream(21);
const weights = Array.from({ length: SIZE }, () => stream.normal());
// Two classes: class 1 where w . x > 0. The box is far off, so that it bounds nothing.
const model = linear([weights.map((w) => -w / 2), weights.map((w) => w / 2)], [0, 0]);
const rows = Array.from({ length: 12 }, () => Array.from({ length: SIZE }, () => stream.normal()));
const score = (row: readonly number[]): number => row.reduce((sum, value, j) => sum + value * weights[j]!, 0);
const labels: number[] = rows.map((row) => (score(row) > 0 ? 1 : 0));
const dual: Record<Norm, number> = {
  linf: weights.reduce((sum, w) => sum + Math.abs(w), 0),
  l2: Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0)),
  l1: Math.max(...weights.map(Math.abs)),
};
const shortest = (norm: Norm): number[] => rows.map((row) => Math.abs(score(row)) / dual[norm]);
const space = { low: -50, high: 50 };
/** For searches that begin anywhere in the box. */
const near = { low: -5, high: 5 };

async function attacked(
  attack: Attack,
  given: Partial<Omit<AttackContext, 'labels' | 'target'>>,
): Promise<AttackContext> {
  const target = analyticTarget(model, { gives: attack.needs === 'gradients' ? 'logits' : attack.needs });
  const context = contextOf(attack, { rows, labels, space, target, ...given });
  await attack.run(context);
  return context;
}

const isFooled = (best: Float32Array, i: number): boolean =>
  (score([...best.subarray(i * SIZE, (i + 1) * SIZE)]) > 0 ? 1 : 0) !== labels[i];

const bounded = ['fgsm', 'pgd', 'mi-fgsm', 'apgd-ce', 'apgd-dlr', 'apgd-t', 'autoattack', 'autoattack-rand'];
it.each(bounded.flatMap((name) => ATTACKS.get(name)!.norms.map((norm) => [name, norm] as const)))(
  'succeeds just where the bound is wider than the way to the boundary: %s %s',
  async (name, norm) => {
    const distances = shortest(norm);
    const eps =
      distances
        .toSorted((a, b) => a - b)
        .slice(5, 7)
        .reduce((a, b) => a + b, 0) / 2;
    const steps = Math.max(ATTACKS.get(name)!.defaultSteps, 40);
    const { best } = await attacked(ATTACKS.get(name)!, { norm, eps, steps });
    // Steps of a few numbers close in on the single best one slowly.
    const slack = norm === 'l1' ? 0.03 : 0.01;
    distances.forEach((way, i) => {
      if (Math.abs(way / eps - 1) > slack) expect(isFooled(best, i), `${way} of ${eps}`).toBe(way < eps);
    });
  },
);

const minimal: readonly (readonly [string, number, number])[] = [
  ['deepfool', 50, 1.01],
  ['fab', 20, 1.01],
  ['fab-t', 20, 1.01],
  ['cw', 100, 1.15],
  ['hopskipjump', 2500, 1.4],
];
it.each(
  minimal.flatMap(([name, steps, slack]) =>
    ATTACKS.get(name)!.norms.map((norm) => [name, norm, steps, slack] as const),
  ),
)('comes near the shortest way: %s %s', async (name, norm, steps, slack) => {
  const { best, batch } = await attacked(ATTACKS.get(name)!, { norm, eps: Infinity, steps, space: near });
  shortest(norm).forEach((way, i) => {
    expect(isFooled(best, i)).toBe(true);
    const found = distance(norm, best, i * SIZE, batch.data, i * SIZE, SIZE);
    expect(found / way).toBeGreaterThan(0.999);
    expect(found / way, `${found} of ${way}`).toBeLessThan(slack);
  });
});

it('reports what lies beyond the bound as far as the bound goes', async () => {
  const eps = Math.min(...shortest('l2')) / 2;
  for (const name of ['deepfool', 'fab', 'cw', 'hopskipjump']) {
    const { best, batch } = await attacked(ATTACKS.get(name)!, { norm: 'l2', eps, steps: 300 });
    rows.forEach((_, i) => {
      expect(distance('l2', best, i * SIZE, batch.data, i * SIZE, SIZE)).toBeCloseTo(eps, 4);
      expect(isFooled(best, i)).toBe(false);
    });
  }
});

it.each(
  ['square', 'simba', 'hopskipjump'].flatMap((name) => ATTACKS.get(name)!.norms.map((norm) => [name, norm] as const)),
)('asks each sample no more than it may, and fools what lies well within: %s %s', async (name, norm) => {
  const attack = ATTACKS.get(name)!;
  const eps = 2 * Math.max(...shortest(norm));
  let most = 0;
  const asked = new Map<string, number>();
  const target = analyticTarget(model, {
    gives: attack.needs === 'labels' ? 'labels' : 'probabilities',
    gradients: false,
    onAsk: ({ count }) => {
      most += count;
      asked.set(name, most);
    },
  });
  const context = contextOf(attack, { rows, labels, space, target, norm, eps, steps: 400 });
  await attack.run(context);
  expect(most).toBeLessThanOrEqual(400 * rows.length);
  const fooled = rows.filter((_, i) => isFooled(context.best, i)).length;
  expect(fooled / rows.length).toBeGreaterThanOrEqual(norm === 'l1' ? 0.5 : 0.9);
  // The fooled are left alone.
  expect(most).toBeLessThan(300 * rows.length);
});

it('spends exactly the queries it is given on what it cannot fool', async () => {
  const eps = Math.min(...shortest('linf')) / 10;
  for (const name of ['square', 'simba', 'simba-dct', 'hopskipjump']) {
    const attack = ATTACKS.get(name)!;
    const target = analyticTarget(model, { gives: attack.needs === 'labels' ? 'labels' : 'probabilities' });
    await attack.run(contextOf(attack, { rows, labels, space, target, norm: 'linf', eps, steps: 137 }));
    expect(target.asked, name).toBe(137 * rows.length);
  }
});

it('halves the squares as the paper does', () => {
  const shares = [0, 10, 11, 51, 201, 501, 1001, 2001, 4001, 6001, 8001].map((query) => shareAt(query, 10_000));
  expect(shares).toEqual([0.8, 0.8, ...[2, 4, 8, 16, 32, 64, 128, 256, 512].map((part) => 0.8 / part)]);
});
