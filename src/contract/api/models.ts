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
