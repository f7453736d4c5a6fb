// What the lab is told in files (gates, constraints of tabular data) and what it answers: the scorecard of a model under attack.
import { z } from 'zod';

const Share = z.number().min(0).max(1);
const Count = z.int().nonnegative();
const Name = z.string().min(1).max(200);

export const LabNorm = z.enum(['linf', 'l2', 'l1']);
export type LabNorm = z.infer<typeof LabNorm>;

/** Two-sided 95%, by Wilson's score. */
const ShareInterval = z.object({ low: Share, high: Share });

/** Why an example that an attack returned does not count. */
export const RejectionReason = z.enum(['outside-eps', 'outside-bounds', 'not-mutable', 'impossible', 'not-finite']);
export type RejectionReason = z.infer<typeof RejectionReason>;

/** `complete`; `budget`: the queries for all samples were spent before; `stopped`: somebody stopped it before. */
export const AttackEnd = z.enum(['complete', 'budget', 'stopped']);
export type AttackEnd = z.infer<typeof AttackEnd>;

/** What one attack at one bound came to, as the judge saw it. */
export const AttackResult = z.object({
  name: z.string(),
  norm: LabNorm,
  eps: z.number(),
  /** Iterations; of attacks by queries alone the queries for each sample. */
  steps: Count,
  /** What it used of the target. */
  needs: z.enum(['gradients', 'logits', 'probabilities', 'labels']),
  end: AttackEnd,
  /** Samples that the shares below are of: all, or those up to the last one that was attacked. */
  samples: Count,
  /** Of these, those that were classified right, and so attacked. */
  attacked: Count,
  /** Attacked ones that the model no longer classifies right. */
  fooled: Count,
  /** Share of `samples` that are right before and after. */
  robustAccuracy: Share,
  interval: ShareInterval,
  /** Share of `attacked` that were fooled; absent where none was attacked. */
  success: z.object({ rate: Share, interval: ShareInterval }).optional(),
  /** Examples that the attack returned and that do not count. */
  rejected: z.partialRecord(RejectionReason, Count),
  /** By the attack's norm, over the fooled. */
  distance: z.object({ mean: z.number(), median: z.number() }).optional(),
  queries: z.object({
    /** Samples that the model was asked about, gradients included. */
    total: Count,
    gradients: Count,
    meanPerSample: z.number(),
    /** Where the attack says whom it asks about: the median up to the first example that counts, over the fooled. */
    medianToSuccess: z.number().optional(),
  }),
  seconds: z.number().nonnegative(),
});
export type AttackResult = z.infer<typeof AttackResult>;

export const LabWarning = z.object({
  code: z.enum([
    'overestimated',
    'zero-gradients',
    'randomised',
    'probabilities',
    'dynamic',
    'few-classes',
    'not-monotone',
    'partial',
  ]),
  /** Whose result it is about. */
  attack: z.string().optional(),
  eps: z.number().optional(),
  message: z.string(),
});
export type LabWarning = z.infer<typeof LabWarning>;

const Comparison = z
  .string()
  .regex(/^\s*(>=|>)\s*(0|1|0?\.\d{1,12}|1\.0{1,12})\s*$/, 'expected a comparison such as ">= 0.3"');

/** One line of a gate. */
export const GateRequirement = z
  .strictObject({
    /** An attack's name; `worst` is the worst of all that were run. */
    attack: Name.default('worst'),
    norm: LabNorm.optional(),
    eps: z.number().positive().optional(),
    robustAccuracy: Comparison.optional(),
    cleanAccuracy: Comparison.optional(),
    /** `point`: the share itself; `interval`: the end of its interval that speaks against passing. */
    by: z.enum(['point', 'interval']).default('point'),
  })
  .refine((each) => each.robustAccuracy !== undefined || each.cleanAccuracy !== undefined, {
    message: 'expected robustAccuracy or cleanAccuracy',
  });
export type GateRequirement = z.infer<typeof GateRequirement>;

/** The file of `--gate`. */
export const LabGate = z.strictObject({ require: z.array(GateRequirement).min(1).max(200) });
export type LabGate = z.infer<typeof LabGate>;

const Column = z.union([Count, Name]);

/** The file of `--constraints`: what a row of a table may become. */
export const LabConstraints = z.strictObject({
  /** Names of the columns in their order, where the data does not bring them. */
  names: z.array(Name).max(100_000).optional(),
  columns: z
    .record(
      Name,
      z.strictObject({
        immutable: z.boolean().optional(),
        integer: z.boolean().optional(),
        min: z.number().optional(),
        max: z.number().optional(),
      }),
    )
    .default({}),
  /** Columns of which one is 1 and the others are 0. */
  oneHot: z.array(z.array(Column).min(2).max(100_000)).max(10_000).default([]),
  /** Most columns of a row that may be changed. */
  maxChanged: z.int().positive().optional(),
});
export type LabConstraints = z.infer<typeof LabConstraints>;

export const GateOutcome = z.object({
  requirement: z.string(),
  passed: z.boolean(),
  /** The share that was compared; absent where there is none. */
  value: z.number().optional(),
  reason: z.string().optional(),
});
export type GateOutcome = z.infer<typeof GateOutcome>;

const PerAttack = z.record(z.string(), Share);

/** What was proved: of all samples looked at, the share that is right and stays so whatever moves it within each radius. */
export const LabCertificates = z.object({
  /** `interval`: of the model itself, within linf; `smoothing`: of its majority over noise, within l2, wrong with chance `alpha`. */
  method: z.enum(['interval', 'smoothing']),
  norm: LabNorm,
  samples: Count,
  sigma: z.number().optional(),
  /** Noisy copies of each sample. */
  copies: Count.optional(),
  alpha: z.number().optional(),
  /** Samples that smoothing gave no answer for. */
  abstained: Count.optional(),
  smoothedAccuracy: Share.optional(),
  /** Over the samples that the smoothed model is right about. */
  medianRadius: z.number().optional(),
  queries: Count.optional(),
  curve: z.array(z.object({ radius: z.number(), certifiedAccuracy: Share, interval: ShareInterval })),
});
export type LabCertificates = z.infer<typeof LabCertificates>;

/** JSON of `ancile lab attack`. */
export const Scorecard = z.object({
  tool: z.object({ name: z.literal('ancile'), version: z.string() }),
  time: z.iso.datetime(),
  model: z.object({
    path: z.string(),
    /** SHA-256 of the file, hex; absent of a model behind a network. */
    digest: z.string().optional(),
    /** Files beside it that its tensors were read from. */
    externalData: z.array(z.object({ path: z.string(), digest: z.string() })).optional(),
    gives: z.enum(['logits', 'probabilities', 'labels']),
    gradients: z.boolean(),
    shape: z.array(Count),
    classes: Count,
  }),
  data: z.object({
    path: z.string(),
    digest: z.string(),
    samples: Count,
    correct: Count,
    cleanAccuracy: Share,
    interval: ShareInterval,
  }),
  settings: z.object({
    norm: LabNorm,
    eps: z.array(z.number()),
    seed: Count,
    batch: Count,
    bounds: z.string(),
    queriesPerSample: Count.optional(),
    totalQueries: Count.optional(),
    constraints: z.boolean(),
    /** Examples are of multiples of it. */
    round: z.number().positive().optional(),
    tolerance: z.string(),
  }),
  complete: z.boolean(),
  /** The greatest bound that was run: what the next three are of. */
  eps: z.number().optional(),
  robustAccuracy: PerAttack,
  worstCase: z.object({ robustAccuracy: Share, interval: ShareInterval, samples: Count }).optional(),
  attacks: z.array(AttackResult),
  /** Each bound, from the smallest. A sample that falls within a smaller bound has fallen in the worst case of a greater one. */
  curve: z.array(z.object({ eps: z.number(), robustAccuracy: PerAttack, worstCase: Share.optional() })),
  /** Rows are true classes, columns what the model says; absent with more than 100 classes. */
  confusion: z.object({ before: z.array(z.array(Count)), after: z.array(z.array(Count)) }).optional(),
  /** Samples asked about in all: by attacks, by the judge (clean, and each example once more), and for what was asked beside. */
  queries: z.object({ attacks: Count, judge: Count, corruptions: Count.optional(), certificates: Count.optional() }),
  warnings: z.array(LabWarning),
  /** Accuracy where samples are worse, and nobody attacks. */
  corruptions: z
    .array(z.object({ name: z.string(), severity: z.int().min(1).max(5), accuracy: Share, interval: ShareInterval }))
    .optional(),
  /** Proofs, of as many samples as each says. */
  certificates: z.array(LabCertificates).optional(),
  /** Of stored predictions: the same samples changed somehow, and how many answers changed with them. */
  variants: z
    .array(z.object({ name: z.string(), accuracy: Share, interval: ShareInterval, changed: Count }))
    .optional(),
  gate: z.object({ passed: z.boolean(), outcomes: z.array(GateOutcome) }).optional(),
  seconds: z.number().nonnegative(),
});
export type Scorecard = z.infer<typeof Scorecard>;

/** JSON of `ancile lab text`: attacks (known ones) that a filter catches, before and after their words were edited. */
export const TextScorecard = z.object({
  tool: z.object({ name: z.literal('ancile'), version: z.string() }),
  data: z.object({
    path: z.string(),
    digest: z.string(),
    texts: Count,
    caught: Count,
    share: Share,
    interval: ShareInterval,
  }),
  settings: z.object({ queries: Count, share: Share, seed: Count }),
  attacks: z.array(
    z.object({
      /** `character` or `word`. */
      name: z.string(),
      attacked: Count,
      fooled: Count,
      /** Share of all texts that are caught before and after. */
      robustAccuracy: Share,
      interval: ShareInterval,
      queries: z.object({ total: Count, meanPerText: z.number() }),
      /** Edits in texts that got past, by name. */
      edits: z.record(z.string(), Count),
    }),
  ),
  robustAccuracy: PerAttack,
  worstCase: z.object({ robustAccuracy: Share, interval: ShareInterval }),
  complete: z.boolean(),
  seconds: z.number().nonnegative(),
});
export type TextScorecard = z.infer<typeof TextScorecard>;
