// Training against attacks on data where it is known to matter: one number says nearly all and can be relied upon, many others say a
// little each and can be turned around (Tsipras et al. 2019, Robustness May Be at Odds with Accuracy).
import { expect, it } from 'vitest';
import { type Trainer, openTrainer, sgd } from '../onnx/index.ts';
import { Stream } from './evasion/stream.ts';
import { hardenStep } from './hardening.ts';
import { denseNet } from './nets.ts';

const SIZE = 21;
const WEAK = 0.4;
const EPS = 0.55;
const stream = new Stream(17);

function draw(count: number): { x: Float32Array; rows: Float32Array; labels: number[] } {
  const x = new Float32Array(count * SIZE);
  const rows = new Float32Array(count * 2);
  const labels = Array.from({ length: count }, () => stream.below(2));
  labels.forEach((label, i) => {
    const sign = label === 1 ? 1 : -1;
    rows[i * 2 + label] = 1;
    x[i * SIZE] = stream.next() < 0.9 ? sign : -sign;
    for (let j = 1; j < SIZE; j++) x[i * SIZE + j] = WEAK * sign + stream.normal();
  });
  return { x, rows, labels };
}

/** Of a linear network exactly: right within eps where the lead is above what eps can take away. */
function measure(trainer: Trainer, { x, labels }: ReturnType<typeof draw>): { clean: number; robust: number } {
  const { initializers } = trainer.trained().graph;
  const [w, b] = ['w1', 'b1'].map((name) => {
    const { bytes } = initializers.find((each) => each.name === name)!;
    return new Float32Array(new Uint8Array(bytes).buffer);
  }) as [Float32Array, Float32Array];
  const apart = Array.from({ length: SIZE }, (_, j) => w[j * 2 + 1]! - w[j * 2]!);
  const taken = EPS * apart.reduce((sum, each) => sum + Math.abs(each), 0);
  let [clean, robust] = [0, 0];
  labels.forEach((label, i) => {
    const sum = apart.reduce((total, each, j) => total + each * x[i * SIZE + j]!, b[1]! - b[0]!);
    const lead = label === 1 ? sum : -sum;
    if (lead > 0) clean++;
    if (lead > taken) robust++;
  });
  return { clean: clean / labels.length, robust: robust / labels.length };
}

it('makes a network stand where it fell before, at a price', async () => {
  const test = draw(500);
  const train = async (isHardened: boolean): Promise<ReturnType<typeof measure>> => {
    const own = new Stream(2);
    const random = (): number => own.next();
    const trainer = await openTrainer({
      model: denseNet(SIZE, [], { classes: 2, random }),
      ...{ input: 'x', logits: 'logits', classes: 2, shape: [SIZE], optimiser: sgd({ rate: 0.02 }) },
    });
    const options = { eps: EPS, steps: 3, low: -9, high: 9, random };
    for (let step = 0; step < 400; step++) {
      const { x, rows } = draw(128);
      if (isHardened) await hardenStep(trainer, x, rows, options);
      else await trainer.step(x, rows);
    }
    return measure(trainer, test);
  };
  const [plain, hardened] = [await train(false), await train(true)];
  expect(plain.clean).toBeGreaterThan(0.95);
  expect(plain.robust).toBeLessThan(0.4);
  expect(hardened.robust).toBeGreaterThan(0.8);
  expect(hardened.clean).toBeLessThan(plain.clean);
});
