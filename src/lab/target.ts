// A model under attack, whatever runs it: what it can be asked. Everything that an attack learns it learns here.
import type { AncileError } from '../base/index.ts';

/** Samples in one piece, row-major: `count` of them, each of the target's input size. */
export interface Batch {
  readonly data: Float32Array;
  readonly count: number;
  /**
   * Of which of the attack's samples each row is a candidate, where they are not all of them in their order: so queries are counted
   * by sample (budget.ts). Without it, a batch of another size is counted as shared evenly.
   */
  readonly rows?: Int32Array;
}

/** What a model gives for a sample, from most to least telling. */
export type Output = 'logits' | 'probabilities' | 'labels';

/**
 * Losses that an attack raises, for each sample: `cross-entropy` of the label (for a targeted attack: less that of the target);
 * `margin`, the greatest other logit less that of the label (Carlini and Wagner 2017); `dlr`, the difference of logits ratio
 * (Croce and Hein 2020), with a target class its targeted form.
 */
export type LossName = 'cross-entropy' | 'margin' | 'dlr';

export interface LossAnswer {
  /** Logits, count x classes. */
  readonly scores: Float32Array;
  /** One for each sample. */
  readonly loss: Float32Array;
  /** Of each sample's loss by its input, count x size. */
  readonly gradient: Float32Array;
}

/** What a target gives that can be looked into. */
export interface Gradients {
  /**
   * Counts as one query for each sample.
   * @param labels - the true class of each
   * @param targets - the class that each is to be taken for, in targeted attacks
   */
  ofLoss(loss: LossName, batch: Batch, labels: Int32Array, targets?: Int32Array): Promise<LossAnswer>;
  /**
   * The gradient of the weighted sum of logits. Counts as one query for each sample.
   * @param weights - count x classes
   */
  ofScores(
    batch: Batch,
    weights: Float32Array,
  ): Promise<{ readonly scores: Float32Array; readonly gradient: Float32Array }>;
}

/**
 * How far at least the logit of each sample's label stays above all others while the sample is anything between `low` and `high`
 * (count x size each).
 */
export type Margins = (low: Float32Array, high: Float32Array, labels: Int32Array) => Promise<Float32Array>;

export interface Target {
  /** For people: a file's name, an address. */
  readonly name: string;
  /** Of one sample, without the batch: `[1, 28, 28]` or `[4]`. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly gives: Output;
  /** It takes nothing but whole numbers. */
  readonly isWhole?: boolean;
  /** Of a file: those beside it that its tensors were read from. */
  readonly beside?: readonly string[];
  /** Most samples that it takes at once; without it any number. */
  readonly most?: number;
  /**
   * Asks the model as it is. Counts as one query for each sample.
   * @returns count x classes: logits, probabilities, or 1 at the label and 0 elsewhere
   * @throws AncileError `upstream_*` of a model behind a network, `model_invalid`; BudgetSpent
   */
  scores(batch: Batch): Promise<Float32Array>;
  readonly gradients?: Gradients;
  /** Why there are none, where the target is a file: names the operator that stands in the way. */
  readonly noGradients?: AncileError;
  /** Of a file: opens bounds by intervals. @throws AncileError `model_invalid` naming the operator that has no rule */
  readonly openMargins?: () => Promise<Margins>;
  close(): Promise<void>;
}

/** Thrown by a counted target before a query that the budget does not cover: nothing was asked. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** Numbers in one sample. */
export function sizeOf({ shape }: Pick<Target, 'shape'>): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
