// Losses as nodes on top of a model's logits. Each is one number a sample, and raising it is what an attacker wants.
import type { Builder } from './builder.ts';
import { FLOAT, type ValueInfo } from './model.ts';

/** Values that losses are given: one row for each sample, 1 at its class and 0 elsewhere; weights of logits. */
export const LABEL = '~label';
export const TARGET = '~target';
export const WEIGHTS = '~weights';

export function rowsOf(name: string, classes: number): ValueInfo {
  return { name, type: FLOAT, shape: ['~batch', classes] };
}

/** More than any logit: what is less by it is never the greatest. */
const FAR = 1e9;

function along(build: Builder, product: string): string {
  return build.sum(product, [1], false);
}

/** The logit at a class. */
function at(build: Builder, logits: string, rows: string): string {
  return along(build, build.mul(logits, rows));
}

/** The greatest logit of the other classes. */
function greatestOther(build: Builder, logits: string, rows: string): string {
  const without = build.sub(logits, build.mul(rows, build.scalar(FAR)));
  const top = build.ops('TopK', [without, build.ints([1])], 2, { axis: 1 })[0]!;
  return along(build, top);
}

/** Minus the logarithm of the label's probability; of a target, that of its own. */
export function crossEntropy(build: Builder, logits: string, isTargeted: boolean): string {
  const logged = build.op('LogSoftmax', [logits], { axis: 1 });
  return isTargeted ? at(build, logged, TARGET) : build.neg(at(build, logged, LABEL));
}

/** By how much another class (the target) is above the label; Carlini and Wagner 2017, their loss f6. */
export function margin(build: Builder, logits: string, isTargeted: boolean): string {
  if (isTargeted) return build.sub(at(build, logits, TARGET), greatestOther(build, logits, TARGET));
  return build.sub(greatestOther(build, logits, LABEL), at(build, logits, LABEL));
}

/**
 * Difference of logits ratio: the margin over the distance of the greatest from the third, or for a target from the mean of the
 * third and fourth, so that the scale of the logits has no say (Croce and Hein 2020, equations 6 and 7).
 * @param classes - three at least
 */
export function logitsRatio(build: Builder, logits: string, isTargeted: boolean, classes: number): string {
  const count = isTargeted && classes > 3 ? 4 : 3;
  const sorted = build.ops('TopK', [logits, build.ints([count])], 2, { axis: 1 })[0]!;
  const pick = (weights: readonly number[]): string =>
    along(build, build.mul(sorted, build.floats(weights, [1, count])));
  const spread = pick(count === 4 ? [1, 0, -0.5, -0.5] : [1, 0, -1]);
  const over = isTargeted
    ? build.sub(at(build, logits, TARGET), at(build, logits, LABEL))
    : build.sub(greatestOther(build, logits, LABEL), at(build, logits, LABEL));
  return build.div(over, build.add2(spread, build.scalar(1e-12)));
}

/** The sum of logits, each by its weight. */
export function weighted(build: Builder, logits: string): string {
  return at(build, logits, WEIGHTS);
}
