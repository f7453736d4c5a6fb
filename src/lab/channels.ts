// Pictures whose channels stand last, as TensorFlow writes them: what works on planes is shown them channels first, and back.
import type { Attack, AttackContext, Space } from './attack.ts';
import type { Batch, Target } from './target.ts';

/** Height x width x channels: at most four at the end, and more than that at the beginning. */
export function isChannelsLast(shape: readonly number[]): boolean {
  const [first, , last] = shape;
  return shape.length === 3 && last! <= 4 && first! > 4;
}

/** Rows of height x width x channels as channels x height x width. */
export function toPlanes(
  rows: Float32Array,
  shape: readonly number[],
  out: Float32Array = new Float32Array(rows.length),
): Float32Array {
  const [height, width, channels] = shape as [number, number, number];
  const plane = height * width;
  for (let from = 0; from < rows.length; from += plane * channels) {
    for (let place = 0; place < plane; place++) {
      for (let c = 0; c < channels; c++) out[from + c * plane + place] = rows[from + place * channels + c]!;
    }
  }
  return out;
}

/** The way back. @param shape - height, width, channels */
export function fromPlanes(
  rows: Float32Array,
  shape: readonly number[],
  out: Float32Array = new Float32Array(rows.length),
): Float32Array {
  const [height, width, channels] = shape as [number, number, number];
  const plane = height * width;
  for (let from = 0; from < rows.length; from += plane * channels) {
    for (let place = 0; place < plane; place++) {
      for (let c = 0; c < channels; c++) out[from + place * channels + c] = rows[from + c * plane + place]!;
    }
  }
  return out;
}

function turnSpace(space: Space, shape: readonly number[]): Space {
  const turn = (bound: number | Float32Array): number | Float32Array =>
    typeof bound === 'number' ? bound : toPlanes(bound, shape);
  const { mutable, repair } = space;
  return {
    low: turn(space.low),
    high: turn(space.high),
    ...(mutable === undefined ? {} : { mutable: Uint8Array.from(toPlanes(Float32Array.from(mutable), shape)) }),
    ...(repair === undefined
      ? {}
      : {
          repair(sample: Float32Array, original: Float32Array) {
            const back = fromPlanes(sample, shape);
            repair(back, fromPlanes(original, shape));
            toPlanes(back, shape, sample);
          },
        }),
  };
}

function turnTarget(target: Target): Target {
  const { shape } = target;
  const [height, width, channels] = shape as [number, number, number];
  return {
    ...{ name: target.name, classes: target.classes, gives: target.gives, close: () => target.close() },
    shape: [channels, height, width],
    ...(target.most === undefined ? {} : { most: target.most }),
    scores: (batch: Batch) => target.scores({ ...batch, data: fromPlanes(batch.data, shape) }),
  };
}

/** The same attack, which sees pictures with their channels first whatever the model takes. It must ask for scores alone. */
export function onPlanes(attack: Attack): Attack {
  return {
    ...attack,
    async run(context: AttackContext) {
      const { shape } = context.target;
      if (!isChannelsLast(shape)) return attack.run(context);
      const best = toPlanes(context.best, shape);
      try {
        await attack.run({
          ...context,
          best,
          target: turnTarget(context.target),
          batch: { ...context.batch, data: toPlanes(context.batch.data, shape) },
          space: turnSpace(context.space, shape),
        });
      } finally {
        // Also of what was cut off.
        fromPlanes(best, shape, context.best);
      }
    },
  };
}
