// Models of the inventory: what is known of them, who pulled them, and the word of a person.
import { z } from 'zod';
import { AdmissionCheck } from '../admission.ts';
import { ModelAsset, ModelFinding, ModelState } from '../artifact.ts';
import { ArtifactPull } from '../record.ts';
import { ScanVerdict } from '../scan.ts';
import { defineEndpoint } from './endpoint.ts';

const limit = z.coerce.number().int().min(1).max(1000).optional();

/** A version without its files. */
export const ModelSummary = ModelAsset.omit({ files: true }).extend({
  files: z.int(),
  /** Of these, how many were fetched and scanned. */
  scanned: z.int(),
  /** The worst of them. */
  verdict: ScanVerdict,
  /** The five worst. */
  findings: z.array(ModelFinding),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

export const PullRecord = ArtifactPull.extend({ seq: z.int().nonnegative() });
export type PullRecord = z.infer<typeof PullRecord>;

/** A version that was taken through the gate: its files in the cache, or why not. */
export const PulledFiles = z.object({
  model: z.string(),
  ok: z.boolean(),
  refused: z.string().optional(),
  findings: z.array(ModelFinding),
  files: z.array(z.object({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
export type PulledFiles = z.infer<typeof PulledFiles>;

export const modelsApi = {
  listModels: defineEndpoint({
    method: 'GET',
    path: '/models',
    needs: 'traffic.read',
    summary: 'Versions of models; those whose state changed last come first.',
    input: z.strictObject({
      state: ModelState.optional(),
      source: z.string().optional(),
      repo: z.string().optional(),
      /** SHA-256 of a file: the versions that hold it. */
      sha256: z.string().optional(),
      limit,
    }),
    answer: z.object({ models: z.array(ModelSummary) }),
  }),
  getModel: defineEndpoint({
    method: 'GET',
    path: '/model',
    needs: 'traffic.read',
    summary: 'A version with its files and what was found in them.',
    input: z.strictObject({ id: z.string() }),
    answer: ModelAsset,
  }),
  setModelState: defineEndpoint({
    method: 'POST',
    path: '/model/state',
    needs: 'models.decide',
    summary: 'Admit, quarantine or retire a version; what is under way of one that is withdrawn is cut.',
    input: z.strictObject({ id: z.string(), state: ModelState, reason: z.string().min(1).max(500) }),
    answer: ModelAsset,
  }),
  pullModel: defineEndpoint({
    method: 'POST',
    path: '/model/pull',
    needs: 'local',
    summary:
      'Take a whole version through the gate into the cache; asked again it says how far it is, and what came of it.',
    input: z.strictObject({
      /** `hub:org/model@main`. */
      name: z.string().min(1).max(1000),
    }),
    answer: z.object({
      /** Files that passed, of how many. */
      done: z.int(),
      all: z.int(),
      /** Absent while it is under way. */
      result: PulledFiles.optional(),
    }),
  }),
  addModelEvidence: defineEndpoint({
    method: 'POST',
    path: '/model/evidence',
    needs: 'models.decide',
    summary:
      'Take in an attestation of a version: signed by whom the configuration trusts, of the digest of all its files.',
    input: z.strictObject({
      id: z.string(),
      /** As `ancile attest` wrote it. */
      attestation: z.string().min(1).max(2_000_000),
    }),
    answer: ModelAsset,
  }),
  checkAdmission: defineEndpoint({
    method: 'POST',
    path: '/admission/check',
    needs: 'traffic.read',
    summary: 'What a Kubernetes API server would be told of a manifest; nothing comes of it, and it is not recorded.',
    input: z.strictObject({
      /** JSON: an object, a list of them, or an AdmissionReview. */
      manifest: z.string().min(1).max(4_000_000),
    }),
    answer: AdmissionCheck,
  }),
  listPulls: defineEndpoint({
    method: 'GET',
    path: '/pulls',
    needs: 'traffic.read',
    summary: 'Files that were pulled, or refused, newest first.',
    input: z.strictObject({
      model: z.string().optional(),
      principal: z.string().optional(),
      limit,
      before: z.coerce.number().int().nonnegative().optional(),
    }),
    answer: z.object({ pulls: z.array(PullRecord) }),
  }),
};
