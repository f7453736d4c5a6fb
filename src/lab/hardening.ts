// Training against attacks: each batch is moved to where the network as it is now does worst within eps, and learned from there (Madry et
// al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks). The mitigation that scorecards can be compared before and after.
import type { Trainer } from '../onnx/index.ts';

export interface HardeningOptions {
  /** By linf. */
  readonly eps: number;
  /** Steps of each attack; a step is 2.5 eps / steps long. */
  readonly steps: number;
  readonly low: number;
  readonly high: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Where PGD takes a batch, by the network's own gradients. @param labels - a row for each sample */
async function worsen(
  trainer: Trainer,
  x: Float32Array,
  labels: Float32Array,
  { eps, steps, low, high, random }: HardeningOptions,
): Promise<Float32Array> {
  const within = (value: number, original: number): number =>
    Math.min(high, original + eps, Math.max(low, original - eps, value));
  const moved = x.map((value) => within(value + eps * (2 * random() - 1), value));
  const length = (2.5 * eps) / steps;
  for (let step = 0; step < steps; step++) {
    const gradient = await trainer.inputGradient(moved, labels);
    for (let i = 0; i < moved.length; i++) moved[i] = within(moved[i]! + length * Math.sign(gradient[i]!), x[i]!);
  }
  return moved;
}

/**
 * One step of training on the batch as the network would see it under attack.
 * @returns the mean loss there before it
 */
export async function hardenStep(
  trainer: Trainer,
  x: Float32Array,
  labels: Float32Array,
  options: HardeningOptions,
): Promise<number> {
  return trainer.step(await worsen(trainer, x, labels, options), labels);
}
