// What training against attacks does: one network twice, trained on the same digits as they are and as PGD makes them, then put to the
// same attacks. About a minute and a half on a quiet machine as it is; in proportion to --train, --epochs and --steps.
// Usage: npm run eval:hardening [-- --train N --test N --epochs N --eps E --steps N]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderNpz } from '../src/lab/data/npz.ts';
import { hardenStep } from '../src/lab/hardening.ts';
import {
  ATTACKS,
  boundsOf,
  loadSamples,
  openOnnxTarget,
  planAttacks,
  runAttacks,
  toScorecard,
} from '../src/lab/index.ts';
import { imageNet } from '../src/lab/nets.ts';
import { adam, encodeModel, openTrainer } from '../src/onnx/index.ts';
import { CLASSES, loadDigits, toBatch } from './digits.ts';
import { seeded } from './seeded.ts';

const { values } = parseArgs({
  options: {
    train: { type: 'string', default: '2000' },
    test: { type: 'string', default: '200' },
    epochs: { type: 'string', default: '5' },
    eps: { type: 'string', default: '0.1' },
    steps: { type: 'string', default: '5' },
  },
});
const [eps, steps, epochs] = [Number(values.eps), Number(values.steps), Number(values.epochs)];
const BATCH = 64;
const SHAPE = [1, 28, 28] as const;

const all = loadDigits(seeded(2026));
const kept = all.slice(0, Number(values.test));
const training = all.slice(1000, 1000 + Number(values.train));
const folder = mkdtempSync(join(tmpdir(), 'ancile-harden-'));
const data = join(folder, 'data.npz');
const y = Int32Array.from(kept, ({ digit }) => digit);
const arrays = { x: { data: toBatch(kept).x, shape: [kept.length, ...SHAPE] }, y: { data: y, shape: [kept.length] } };
writeFileSync(data, Buffer.concat(renderNpz(arrays)));

async function train(isHardened: boolean): Promise<string> {
  const random = seeded(7);
  const trainer = await openTrainer({
    model: imageNet(SHAPE, { classes: CLASSES, random, widths: [8, 16, 64] }),
    ...{ input: 'x', logits: 'logits', classes: CLASSES, shape: SHAPE, optimiser: adam(), threads: 2 },
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    let loss = 0;
    for (let at = 0; at + BATCH <= training.length; at += BATCH) {
      const { x, rows } = toBatch(training.slice(at, at + BATCH));
      // What is learned against all at once from the beginning is often nothing: eps grows over the first epoch.
      const reach = eps * Math.min(1, (epoch * training.length + at) / training.length);
      if (isHardened) loss += await hardenStep(trainer, x, rows, { eps: reach, steps, low: 0, high: 1, random });
      else loss += await trainer.step(x, rows);
    }
    console.error(`epoch ${epoch + 1}: loss ${(loss / Math.floor(training.length / BATCH)).toFixed(3)}`);
  }
  const file = join(folder, isHardened ? 'hardened.onnx' : 'plain.onnx');
  writeFileSync(file, encodeModel(trainer.trained()));
  return file;
}

async function measure(file: string): Promise<string[]> {
  const samples = loadSamples(data);
  const bounds = boundsOf(samples);
  const target = await openOnnxTarget(file, { shape: samples.shape, example: samples.x, classes: CLASSES, threads: 2 });
  const names = ['pgd:40', 'apgd-ce:40', 'square:500'];
  const plans = planAttacks(ATTACKS, target, { names, norm: 'linf' });
  const options = {
    ...{ plans, norm: 'linf' as const, eps: [eps / 2, eps], seed: 1, batch: 100, space: () => bounds, budget: {} },
    signal: new AbortController().signal,
  };
  const outcome = await runAttacks(target, samples, options);
  const card = toScorecard({
    ...{ version: '0', time: new Date(), target, model: { path: file }, samples, options, bounds: bounds.told },
    ...{ constrained: false, outcome },
  });
  const cells = card.attacks.map((each) => `${each.name} ${each.eps}: ${each.robustAccuracy.toFixed(3)}`);
  return [
    `clean: ${card.data.cleanAccuracy.toFixed(3)}`,
    ...cells,
    ...card.curve.map((each) => `worst ${each.eps}: ${each.worstCase!.toFixed(3)}`),
  ];
}

console.log(
  `${training.length} digits, ${epochs} epochs, eps ${eps} in ${steps} steps; ${kept.length} others are attacked`,
);
for (const isHardened of [false, true]) {
  const started = performance.now();
  const file = await train(isHardened);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${isHardened ? 'against PGD' : 'as they are'} (${seconds} s)\n  ${(await measure(file)).join('\n  ')}`);
}
rmSync(folder, { recursive: true });
