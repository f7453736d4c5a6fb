// What makes a robust accuracy say more than it should: AutoAttack's flags, from what a model answers.
import type { AttackContext, AttackWarning, WarningKind } from '../attack.ts';
import type { Batch } from '../target.ts';
import { Ball } from './ball.ts';
import { classOf } from './standing.ts';
import { randomStart } from './start.ts';
import { Stream } from './stream.ts';

/** Samples that the checks ask of, at most. */
const LOOKED_AT = 32;
const REPEATS = 5;
/** By how much answers of one model to one sample may differ, relative to their length. */
const DRIFT = 1e-4;
/** Samples that attacks without slopes must win beyond the others, as a share. */
const BEATEN = 0.002;

const MESSAGES: Readonly<Record<WarningKind, string>> = {
  randomised: 'The model answers the same sample differently: use autoattack-rand, which averages over its answers.',
  probabilities:
    'The model gives probabilities where logits are expected: slopes may vanish. Attack the logits instead.',
  'zero-gradients':
    'The loss has no slope at some samples: attacks by gradients are blind there. Trust square and hopskipjump.',
  overestimated:
    'Overestimated: an attack without gradients beat those with them. The model hides its gradients; give square more queries or attack adaptively.',
  dynamic:
    'The answer to a sample depends on the samples asked with it: the model adapts to its input. An adaptive attack is needed.',
  'few-classes':
    'There are too few classes for the difference of logits ratio: cross-entropy or the margin took its place.',
};

export function warningOf(kind: WarningKind): AttackWarning {
  return { kind, message: MESSAGES[kind] };
}

/** Whether attacks without gradients bring the robust accuracy (0 to 1) lower than those with them. */
export function isOverestimated(withGradients: readonly number[], without: readonly number[]): boolean {
  return withGradients.length > 0 && Math.min(...without, 1) < Math.min(...withGradients) - BEATEN;
}

/** The greatest difference between rows, each as a share of its length. */
function drift(a: Float32Array, b: Float32Array, classes: number): number {
  let most = 0;
  for (let at = 0; at < a.length; at += classes) {
    let [gap, length] = [0, 0];
    for (let c = at; c < at + classes; c++) {
      gap += (a[c]! - b[c]!) ** 2;
      length += a[c]! ** 2;
    }
    most = Math.max(most, Math.sqrt(gap) / (Math.sqrt(length) + 1e-10));
  }
  return most;
}

function looksLikeProbabilities(scores: Float32Array, classes: number): boolean {
  for (let at = 0; at < scores.length; at += classes) {
    let sum = 0;
    for (let c = at; c < at + classes; c++) {
      if (scores[c]! < -1e-5 || scores[c]! > 1 + 1e-5) return false;
      sum += scores[c]!;
    }
    if (Math.abs(sum - 1) > 1e-5 * classes) return false;
  }
  return scores.length > 0;
}

/**
 * Asks a few samples again, alone and at the edge of the bound, and says what of it makes the outcome of attacks doubtful. What AutoAttack
 * sees by tracing (optimisation while the model answers) is seen here by its effect: answers that depend on the company of a sample.
 */
export async function checkTarget(context: AttackContext): Promise<AttackWarning[]> {
  const { target, batch, labels, norm, eps, space, signal } = context;
  const { classes, gradients } = target;
  const size = batch.count === 0 ? 0 : batch.data.length / batch.count;
  const count = Math.min(batch.count, LOOKED_AT);
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  const few: Batch = { data: batch.data.subarray(0, count * size), count, rows };
  const kinds: WarningKind[] = [];
  const ask = async (asked: Batch): Promise<Float32Array> => {
    signal.throwIfAborted();
    return await target.scores(asked);
  };
  if (count === 0) return [];

  const first = await ask(few);
  let wander = 0;
  for (let repeat = 1; repeat < REPEATS; repeat++) wander = Math.max(wander, drift(first, await ask(few), classes));
  if (wander > DRIFT) kinds.push('randomised');
  else if (count > 1) {
    const alone = new Float32Array(first.length);
    for (let i = 0; i < Math.min(count, 8); i++) {
      alone.set(
        await ask({ data: few.data.subarray(i * size, (i + 1) * size), count: 1, rows: Int32Array.of(i) }),
        i * classes,
      );
    }
    const asked = Math.min(count, 8) * classes;
    if (drift(first.subarray(0, asked), alone.subarray(0, asked), classes) > 10 * DRIFT) kinds.push('dynamic');
  }
  if (classes < 4) kinds.push('few-classes');
  if (gradients !== undefined) {
    signal.throwIfAborted();
    const x = Float32Array.from(few.data);
    const ball = new Ball(norm, eps, space, few.data, size);
    for (let i = 0; i < count; i++) randomStart(ball, x, i, new Stream(i), true);
    const answer = await gradients.ofLoss(
      classes < 3 ? 'margin' : 'dlr',
      { data: x, count, rows },
      labels.subarray(0, count),
    );
    if (looksLikeProbabilities(answer.scores, classes)) kinds.push('probabilities');
    for (let i = 0; i < count; i++) {
      if (classOf(answer.scores, i, classes) !== labels[i]) continue;
      if (answer.gradient.subarray(i * size, (i + 1) * size).some((slope) => slope !== 0)) continue;
      kinds.push('zero-gradients');
      break;
    }
  }
  return kinds.map(warningOf);
}
