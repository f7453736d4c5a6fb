// Records of models on their way: pulled, pushed, admitted, attested.
import { z } from 'zod';
import { ModelEvidence, ModelFinding, ModelState } from './artifact.ts';
import { Action, Decision } from './decision.ts';
import { common } from './record-common.ts';
import { ScanVerdict } from './scan.ts';

/**
 * A file of a model was asked for. `served` is durable before the first byte leaves and says what is going to be sent;
 * where it was not, a `cut` of the same pull follows and says how much was.
 */
export const ArtifactPull = z.object({
  ...common,
  kind: z.literal('artifact.pull'),
  pull: z.string(),
  /** Id of the key, or who pulls at the machine itself. */
  principal: z.string(),
  /** `source:repo@revision`. */
  model: z.string(),
  file: z.string(),
  sha256: z.string().optional(),
  /** Bytes sent. */
  bytes: z.int().nonnegative(),
  outcome: z.enum(['served', 'refused', 'cut', 'fault']),
  /** What the version's decision was, and the policies that made it. */
  action: Action.optional(),
  policies: z.array(z.string()).optional(),
  reason: z.string().optional(),
  /** What is unusual of it beside what the same principal pulled before: `pull.many-models`, `pull.many-bytes`. */
  unusual: z.array(ModelFinding).optional(),
});

/**
 * A version was given to the gateway to be put into its source. `sent` is durable before the first byte goes to the source;
 * where it did not come there, a `fault` of the same push follows and says why.
 */
export const ArtifactPush = z.object({
  ...common,
  kind: z.literal('artifact.push'),
  push: z.string(),
  /** Id of the key. */
  principal: z.string(),
  /** `source:repo@revision`. */
  model: z.string(),
  /** The name that it was to have, where it was to have one: `v1`. */
  tag: z.string().optional(),
  files: z.int().nonnegative(),
  /** Of all files. */
  bytes: z.int().nonnegative(),
  outcome: z.enum(['sent', 'refused', 'fault']),
  /** What the decision was, and the policies that made it. */
  action: Action.optional(),
  policies: z.array(z.string()).optional(),
  reason: z.string().optional(),
});

/** A model became admitted, quarantined or retired; the state is what this says from when it is durable. */
export const ModelStateRecord = z.object({
  ...common,
  kind: z.literal('model.state'),
  model: z.string(),
  digest: z.string(),
  /** Absent where it was not known before. */
  from: ModelState.optional(),
  to: ModelState,
  /** A person, or `policy`. */
  actor: z.string(),
  reason: z.string(),
  decision: Decision.optional(),
  /** Of the files that were scanned. */
  scan: z.object({ files: z.int(), verdict: ScanVerdict, rules: z.array(z.string()) }).optional(),
});

/** An attestation of a model was taken in, or was not and why; `revoked`: it had been, and counts no more. */
export const ModelEvidenceRecord = z.object({
  ...common,
  kind: z.literal('model.evidence'),
  model: z.string(),
  /** What attestations call the model. */
  digest: z.string().optional(),
  /** A person, or `policy` where it lies in the version. */
  actor: z.string(),
  outcome: z.enum(['accepted', 'refused', 'revoked']),
  /** SHA-256 of the attestation. */
  sha256: z.string(),
  evidence: ModelEvidence.optional(),
  reason: z.string().optional(),
});
