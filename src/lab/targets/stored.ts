// Predictions that somebody stored: a target that answers for the samples that they are of, and for no other. What asks something
// new of it, as every attack does, is refused.
import { AncileError } from '../../base/index.ts';
import { openBytes } from '../data/file-bytes.ts';
import type { NumericArray } from '../data/npy.ts';
import { openNpz } from '../data/npz.ts';
import type { Samples } from '../data/samples.ts';
import { toClasses } from '../judge.ts';
import type { Target } from '../target.ts';
import { type Answered, guessOutput, toScores } from './scores.ts';

const FIRST = ['scores', 'logits', 'probabilities', 'predictions', 'labels', 'y_pred'];

export interface StoredPredictions {
  readonly target: Target;
  /** Classes said of the same samples when they were changed somehow, by the array's name. */
  readonly variants: ReadonlyMap<string, Int32Array>;
}

function toAnswered(name: string, { data, shape }: NumericArray, count: number): Answered {
  if (shape.length <= 2 && shape[0] === count && data.length > 0) {
    return { rows: data instanceof Float32Array ? data : new Float32Array(data), width: data.length / count };
  }
  throw new AncileError(
    'request_invalid',
    `array ${name}: expected [${count}] or [${count}, classes], found [${shape.join(', ')}]`,
    {
      at: name,
    },
  );
}

/**
 * Reads an `.npz`: the array `scores` (or `labels`) are of the samples as they are, every other of a variant of them.
 * @throws AncileError `usage`, `request_invalid`
 */
export function openStored(path: string, samples: Samples): StoredPredictions {
  const bytes = openBytes(path);
  try {
    const npz = openNpz(bytes);
    const first = FIRST.find((name) => npz.names.includes(name));
    if (first === undefined) {
      throw new AncileError('request_invalid', `${path} has none of the arrays ${FIRST.join(', ')}`, { at: path });
    }
    // Rows behind those that are taken of the data are left out as well.
    const all = npz.read(first);
    const stored = all.shape[0] ?? 0;
    if (stored < samples.count)
      throw new AncileError('request_invalid', `array ${first}: ${stored} predictions for ${samples.count} samples`, {
        at: first,
      });
    const cut = ({ rows, width }: Answered): Answered => ({ rows: rows.subarray(0, samples.count * width), width });
    const answered = cut(toAnswered(first, all, stored));
    const gives = guessOutput(answered);
    const most = samples.labels.reduce((greatest, label) => Math.max(greatest, label), 1);
    const classes = answered.width > 1 ? answered.width : Math.max(most, ...answered.rows) + 1;
    const scores = toScores(answered, classes, gives);
    const variants = new Map<string, Int32Array>();
    for (const name of npz.names.filter((each) => each !== first)) {
      const variant = cut(toAnswered(name, npz.read(name), stored));
      variants.set(name, toClasses(toScores(variant, classes, guessOutput(variant)), classes));
    }
    const { buffer } = samples.x;
    const size = samples.x.length / samples.count;
    return {
      variants,
      target: {
        name: path,
        shape: samples.shape,
        classes,
        gives,
        scores({ data, count }) {
          // The samples themselves, by where they lie.
          const at = (data.byteOffset - samples.x.byteOffset) / 4 / size;
          if (data.buffer !== buffer || !Number.isInteger(at) || at + count > samples.count) {
            return Promise.reject(
              new AncileError('usage', 'stored predictions answer for their own samples only', {
                hint: 'An attack asks about new ones: give the model itself, or its address.',
              }),
            );
          }
          return Promise.resolve(scores.slice(at * classes, (at + count) * classes));
        },
        close: () => Promise.resolve(),
      },
    };
  } finally {
    bytes.close();
  }
}
