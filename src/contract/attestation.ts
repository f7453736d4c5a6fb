// What is said, signed, of a model: the predicates of our attestations, and what a verification answers.
import { z } from 'zod';
import { Severity } from './finding.ts';
import { LabNorm } from './lab.ts';
import { ScanVerdict } from './scan.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex');
const Name = z.string().min(1).max(500);
const Time = z.iso.datetime({ offset: true });

/** What a scan found. */
export const ScanPredicate = z.strictObject({
  scanner: z.strictObject({
    name: Name,
    version: Name,
    /** SHA-256 of all rules and lists that it went by. */
    rules: Sha256.optional(),
  }),
  time: Time,
  /** The worst of the model's files. */
  verdict: ScanVerdict,
  files: z.int().positive(),
  /** The gravest first, at most 1000. */
  findings: z.array(
    z.strictObject({
      rule: Name,
      severity: Severity,
      path: z.string().max(4096),
      suppressed: z.literal(true).optional(),
    }),
  ),
  /** Of the whole report, hex. */
  reportSha256: Sha256,
});
export type ScanPredicate = z.infer<typeof ScanPredicate>;

/** What a test or an evaluation came to. */
export const TestPredicate = z.strictObject({
  suite: Name,
  time: Time,
  result: z.enum(['passed', 'warned', 'failed']),
  metrics: z.record(Name, z.number()).optional(),
  url: z.url().optional(),
  notes: z.string().max(10_000).optional(),
});
export type TestPredicate = z.infer<typeof TestPredicate>;

/** How the model came to be. */
export const TrainingPredicate = z.strictObject({
  time: Time,
  baseModels: z.array(z.strictObject({ name: Name, sha256: Sha256.optional() })).optional(),
  datasets: z.array(z.strictObject({ name: Name, sha256: Sha256.optional(), license: Name.optional() })).optional(),
  code: z.strictObject({ repository: Name, commit: Name }).optional(),
  parameters: z.record(Name, z.union([z.string(), z.number(), z.boolean()])).optional(),
  notes: z.string().max(10_000).optional(),
});
export type TrainingPredicate = z.infer<typeof TrainingPredicate>;

/** A person's yes to the model. */
export const ApprovalPredicate = z.strictObject({
  approvedBy: Name,
  time: Time,
  reason: z.string().min(1).max(10_000),
  /** What it is approved for: `production`, `internal use`. */
  scope: Name.optional(),
  /** From then on it counts no more. */
  expires: Time.optional(),
});
export type ApprovalPredicate = z.infer<typeof ApprovalPredicate>;

const Share = z.number().min(0).max(1);

/** What attacks came to, as the lab's scorecard has it. */
export const RobustnessPredicate = z.strictObject({
  tool: z.strictObject({ name: Name, version: Name }),
  time: Time,
  /** Of the model's file, hex. */
  modelSha256: Sha256,
  /** Of the files beside it that hold tensors, in the order of their names. */
  externalData: z.array(z.strictObject({ path: z.string().min(1).max(4096), sha256: Sha256 })).optional(),
  data: z.strictObject({ sha256: Sha256, samples: z.int().positive(), cleanAccuracy: Share }),
  norm: LabNorm,
  seed: z.int().nonnegative(),
  attacks: z.array(
    z.strictObject({
      name: Name,
      eps: z.number().positive(),
      steps: z.int().nonnegative(),
      samples: z.int().nonnegative(),
      robustAccuracy: Share,
      /** Of the 95% interval. */
      low: Share,
      high: Share,
    }),
  ),
  /** Within the greatest eps, against all attacks together. */
  worstCase: Share.optional(),
  warnings: z.array(Name),
  /** Of a gate, where the run had one. */
  result: z.enum(['passed', 'failed']).optional(),
  requirements: z.array(z.string().max(1000)).optional(),
  /** Of the whole scorecard as JSON, hex. */
  scorecardSha256: Sha256,
});
export type RobustnessPredicate = z.infer<typeof RobustnessPredicate>;

export const AttestationKind = z.enum(['scan', 'test', 'training', 'approval', 'robustness']);
export type AttestationKind = z.infer<typeof AttestationKind>;

/** The predicate of each kind. */
export const PREDICATES = {
  scan: ScanPredicate,
  test: TestPredicate,
  training: TrainingPredicate,
  approval: ApprovalPredicate,
  robustness: RobustnessPredicate,
} as const satisfies Record<AttestationKind, z.ZodType>;

/** Who signed, and how that is known. */
export const ModelSigner = z.object({
  method: z.enum(['key', 'certificate', 'keyless']),
  /** SHA-256 of the key's SPKI in DER, hex. */
  keySha256: Sha256,
  /** Of a certificate: its subject. */
  subject: z.string().optional(),
  /** Of a certificate: the names it was issued to (address, URI, host). */
  identities: z.array(z.string()).optional(),
  /** Of a certificate: who issued it; keyless: the identity provider. */
  issuer: z.string().optional(),
  /** When, where a transparency log witnessed it. */
  time: Time.optional(),
});
export type ModelSigner = z.infer<typeof ModelSigner>;

/** In the order of the steps: a later one is not reached where an earlier one fails. */
export const VerifyStep = z.enum(['bundle', 'signature', 'statement', 'files', 'attestations']);
export type VerifyStep = z.infer<typeof VerifyStep>;

export const ModelProblem = z.object({
  step: VerifyStep,
  kind: z.enum([
    'unsigned',
    'malformed',
    'untrusted',
    'changed',
    'missing',
    'added',
    'unreadable',
    'attestation-missing',
    'attestation-refused',
  ]),
  message: z.string(),
  /** Within the model, or of the attestation. */
  path: z.string().optional(),
});
export type ModelProblem = z.infer<typeof ModelProblem>;

export const ModelVerification = z.object({
  verified: z.boolean(),
  model: z.string(),
  signature: z.string(),
  /** Of the signed statement: SHA-256 over the digests of its files; absent where no statement could be trusted. */
  digest: Sha256.optional(),
  signer: ModelSigner.optional(),
  problems: z.array(ModelProblem),
  /** Files that are as they were signed, their bytes, and how many of them the cache answered for. */
  files: z.object({ intact: z.int(), bytes: z.number(), cached: z.int() }),
  /** What lies in the folder and the signature does not cover. */
  uncovered: z.array(z.string()),
  attestations: z.array(
    z.object({
      path: z.string(),
      kind: AttestationKind.optional(),
      accepted: z.boolean(),
      signer: ModelSigner.optional(),
    }),
  ),
  notes: z.array(z.string()),
});
export type ModelVerification = z.infer<typeof ModelVerification>;
