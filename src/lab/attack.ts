// What an attack on a model is: given samples and a bound, it returns other samples within the bound. Whether these fool the model
// is not its to say: the judge asks the model again (judge.ts).
import type { Output, Batch, Target } from './target.ts';

export type Norm = 'linf' | 'l2' | 'l1';

/** What of a sample may be changed, and to what. */
export interface Space {
  /** Least and greatest value of each number, of one sample's size; or one pair for all. */
  readonly low: number | Float32Array;
  readonly high: number | Float32Array;
  /** 1 where a number may change; without it all may. */
  readonly mutable?: Uint8Array;
  /** Takes one sample, in place, to the nearest one that could exist (categories, whole numbers, sparsity). */
  readonly repair?: (sample: Float32Array, original: Float32Array) => void;
}

/**
 * Why a robust accuracy may say more than it should, as AutoAttack's documentation has it: the model answers by chance; it gives
 * probabilities where logits are taken to be; its slopes vanish; attacks without slopes did better; it adapts to what it is asked. And:
 * too few classes for a loss.
 */
export type WarningKind =
  'randomised' | 'probabilities' | 'zero-gradients' | 'overestimated' | 'dynamic' | 'few-classes';

export interface AttackWarning {
  readonly kind: WarningKind;
  /** What was seen and what to do, for people. */
  readonly message: string;
}

export interface AttackContext {
  readonly target: Target;
  readonly batch: Batch;
  /** The true class of each sample. */
  readonly labels: Int32Array;
  readonly norm: Norm;
  /** How far a sample may be moved, by the norm. */
  readonly eps: number;
  /** Iterations, or for attacks by queries alone: queries for each sample. */
  readonly steps: number;
  readonly space: Space;
  /** Uniform in [0, 1); seeded. */
  readonly random: () => number;
  /**
   * The best so far, count x size: starts as the samples themselves. An attack writes here whatever it would return now, so that
   * one that is cut off (a spent budget, a stop) keeps what it has.
   */
  readonly best: Float32Array;
  /** @param share - done, 0 to 1 */
  readonly onProgress?: (share: number) => void;
  /** May be called more than once with the same. */
  readonly onWarning?: (warning: AttackWarning) => void;
  readonly signal: AbortSignal;
}

export interface Attack {
  /** As the command line names it: `pgd`, `square`. */
  readonly name: string;
  /** Where it is described: authors, year, title. */
  readonly source: string;
  /** The least that it needs of a target. */
  readonly needs: 'gradients' | Output;
  readonly norms: readonly Norm[];
  /** Used where nobody says how many. */
  readonly defaultSteps: number;
  /** Leaves its result in `context.best`. @throws BudgetSpent, and what the target throws; AbortError when stopped */
  run(context: AttackContext): Promise<void>;
}
