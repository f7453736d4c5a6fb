// A model whose every answer is known: class 1 where the sum of a sample is above a threshold; and attacks that do as they are told.
import type { Attack } from '../attack.ts';
import type { Samples } from '../data/samples.ts';
import type { Batch, LossAnswer, Target } from '../target.ts';

export const SIZE = 4;
const THRESHOLD = 2;

const sumAt = ({ data }: Batch, i: number): number =>
  data.subarray(i * SIZE, (i + 1) * SIZE).reduce((sum, value) => sum + value, 0);

function scoresOf(batch: Batch): Float32Array {
  return Float32Array.from({ length: batch.count * 2 }, (_, i) => (i % 2 === 1 ? sumAt(batch, i >> 1) - THRESHOLD : 0));
}

/** @param slope - of each number in the gradient; 0 for a model that hides it */
export function thresholdTarget({ slope = 1, seen = [] }: { slope?: number; seen?: Batch[] } = {}): Target {
  const answer = (batch: Batch, gradient: Float32Array): LossAnswer => ({
    scores: scoresOf(batch),
    loss: new Float32Array(batch.count),
    gradient,
  });
  return {
    name: 'threshold',
    shape: [SIZE],
    classes: 2,
    gives: 'logits',
    scores(batch) {
      seen.push(batch);
      return Promise.resolve(scoresOf(batch));
    },
    gradients: {
      ofLoss: (_, batch, labels) => {
        const gradient = batch.data.map((_value, i) => slope * (labels[Math.floor(i / SIZE)] === 1 ? -1 : 1));
        return Promise.resolve(answer(batch, gradient));
      },
      ofScores: (batch) => Promise.resolve(answer(batch, new Float32Array(batch.data.length).fill(slope))),
    },
    close: () => Promise.resolve(),
  };
}

/** Samples of constant numbers: of `levels` one each. */
export function samplesOf(levels: readonly number[]): Samples {
  return {
    path: 'levels.npz',
    digest: '0'.repeat(64),
    count: levels.length,
    shape: [SIZE],
    x: Float32Array.from({ length: levels.length * SIZE }, (_, i) => levels[Math.floor(i / SIZE)]!),
    labels: Int32Array.from(levels, (level) => (level > 0.5 ? 1 : 0)),
  };
}

/** Follows the gradient to the edge of the ball, in one step, Linf. */
export const STEP: Attack = {
  name: 'step',
  source: 'here',
  needs: 'gradients',
  norms: ['linf'],
  defaultSteps: 1,
  async run({ target, batch, labels, eps, best, onProgress }) {
    const { gradient } = await target.gradients!.ofLoss('cross-entropy', batch, labels);
    batch.data.forEach((value, i) => {
      best[i] = Math.min(1, Math.max(0, value + Math.sign(gradient[i]!) * Math.fround(eps)));
    });
    onProgress?.(1);
  },
};

/** Asks about both corners of the ball, one sample at a time, as often as it may. */
export const CORNERS: Attack = {
  name: 'corners',
  source: 'here',
  needs: 'labels',
  norms: ['linf', 'l2'],
  defaultSteps: 4,
  async run({ target, batch, labels, eps, best, steps, signal }) {
    for (let i = 0; i < batch.count; i++) {
      const original = batch.data.subarray(i * SIZE, (i + 1) * SIZE);
      for (let step = 0; step < steps; step++) {
        signal.throwIfAborted();
        const move = (step % 2 === 0 ? -1 : 1) * Math.fround(eps);
        const data = original.map((value) => Math.min(1, Math.max(0, value + move)));
        const scores = await target.scores({ data, count: 1, rows: Int32Array.of(i) });
        if (scores[1]! > 0 === (labels[i] === 1)) continue;
        best.set(data, i * SIZE);
        break;
      }
    }
  },
};
