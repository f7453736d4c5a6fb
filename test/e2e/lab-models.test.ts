// ancile lab attack on a model that others made, and on a table of real things: a text-direction classifier out of an npm package, and
// penguins that must stay penguins.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Scorecard } from '../../src/contract/index.ts';
import { renderNpz } from '../../src/lab/data/npz.ts';
import { loadSamples } from '../../src/lab/data/samples.ts';
import { encodeModel } from '../../src/onnx/index.ts';
import { loadDigits } from '../../tools/digits.ts';
import { PENGUIN_CONSTRAINTS, loadPenguins, toCsv, trainPenguins } from '../../tools/penguins.ts';
import { seeded } from '../../tools/seeded.ts';
import { LINE_SHAPE, directionModel, drawLines } from '../../tools/text-lines.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { requireOrSkip } from '../skips.ts';

beforeAll(ensureBuilt, 120_000);

const hasRuntime = (() => {
  try {
    createRequire(import.meta.url).resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
})();

it('attacks a classifier that others made, gradients and all', async (context) => {
  requireOrSkip(context, hasRuntime, 'onnxruntime-node is not installed');
  const cwd = tempFolder();
  const { x, y } = drawLines(loadDigits(seeded(7)), 12);
  const pieces = renderNpz({ x: { data: x, shape: [12, ...LINE_SHAPE] }, y: { data: y, shape: [12] } });
  writeFileSync(join(cwd, 'lines.npz'), Buffer.concat(pieces));
  const settings = ['--eps', '16/255', '--clip', '-1,1', '--steps', '10', '--queries', '60', '--json'];
  const run = ['lab', 'attack', directionModel(), '--data', 'lines.npz', '--attacks', 'pgd,apgd-ce,square'];
  const { code, stdout, stderr } = await ancile([...run, ...settings], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const card = Scorecard.parse(JSON.parse(stdout));
  expect(card.model).toMatchObject({ gives: 'probabilities', gradients: true, classes: 2, shape: [...LINE_SHAPE] });
  expect(card.data.cleanAccuracy).toBeGreaterThan(0.7);
  expect(card.robustAccuracy['apgd-ce']).toBeLessThan(card.data.cleanAccuracy / 2);
  for (const { rejected, queries, attacked } of card.attacks) {
    expect(rejected).toEqual({});
    expect(queries.total).toBeLessThanOrEqual(60 * attacked);
  }
}, 120_000);

it('turns penguins into such only as could exist', async (context) => {
  requireOrSkip(context, hasRuntime, 'onnxruntime-node is not installed');
  const cwd = tempFolder();
  const random = seeded(11);
  const penguins = loadPenguins(random);
  const [test, training] = [penguins.slice(0, 100), penguins.slice(100)];
  writeFileSync(join(cwd, 'p.onnx'), encodeModel(await trainPenguins(training, random)));
  writeFileSync(join(cwd, 'p.csv'), toCsv(test));
  writeFileSync(join(cwd, 'c.yaml'), PENGUIN_CONSTRAINTS);
  const run = ['lab', 'attack', 'p.onnx', '--data', 'p.csv', '--eps', '4', '--queries', '300', '--json'];
  const attacks = ['--attacks', 'pgd,apgd-ce,square,hopskipjump'];
  const bound = await ancile([...run, ...attacks, '--constraints', 'c.yaml', '--out', 'out'], { cwd });
  expect({ code: bound.code, stderr: bound.stderr }).toMatchObject({ code: 0 });
  const card = Scorecard.parse(JSON.parse(bound.stdout));
  expect(card.data.cleanAccuracy).toBeGreaterThan(0.95);
  expect(card.settings.constraints).toBe(true);

  // Held against the rows as they were by other means than the program's.
  let fallen = 0;
  for (const { name } of card.attacks) {
    const { x, count } = loadSamples(join(cwd, `out/${name}-linf-4.npz`));
    const kept = readFileSync(join(cwd, 'out/samples.jsonl'), 'utf8').trim().split('\n');
    const told = kept
      .map((line) => JSON.parse(line) as { attack: string; sample: number; fooled: boolean })
      .filter(({ attack }) => attack === name);
    expect(told).toHaveLength(count);
    for (const [i, { sample, fooled }] of told.entries()) {
      if (!fooled) continue;
      fallen++;
      const before = Float32Array.from(test[sample]!.row);
      const after = x.subarray(i * 9, (i + 1) * 9);
      const [, , flipper, mass, ...signs] = after;
      expect(Number.isInteger(flipper) && Number.isInteger(mass)).toBe(true);
      expect(signs.every((sign) => sign === 0 || sign === 1)).toBe(true);
      expect(signs[0]! + signs[1]! + signs[2]!).toBe(1);
      expect([...after.subarray(7)]).toEqual([...before.subarray(7)]);
      after.forEach((value, j) => expect(Math.abs(value - before[j]!)).toBeLessThanOrEqual(4 + 1e-4));
      const moved = [0, 1, 2, 3].filter((j) => after[j] !== before[j]).length;
      const resettled = [4, 5, 6].some((j) => after[j] !== before[j]) ? 1 : 0;
      expect(moved + resettled).toBeLessThanOrEqual(2);
    }
  }
  expect(fallen).toBeGreaterThan(0);
  const free = await ancile([...run, '--attacks', 'pgd,apgd-ce'], { cwd });
  const worst = Scorecard.parse(JSON.parse(free.stdout)).worstCase!.robustAccuracy;
  expect(worst).toBeLessThan(card.worstCase!.robustAccuracy);
}, 120_000);
