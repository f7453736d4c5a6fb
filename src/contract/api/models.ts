// Models of the inventory: what is known of them, who pulled them, and the word of a person.
import { z } from 'zod';
import { AdmissionCheck } from '../admission.ts';
import { ModelAsset, ModelFile, ModelFinding, ModelState } from '../artifact.ts';
import { BomChange, BomFacts } from '../bom.ts';
import { ArtifactPull } from '../model-record.ts';
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

/** A version with its files, and where copies of them are. */
export const ModelView = ModelAsset.extend({
  files: z.array(
    ModelFile.extend({
      /** `served`: in the cache, for whoever may have it; `quarantine`: kept apart. Absent: no copy is here. */
      copy: z.enum(['served', 'quarantine']).optional(),
    }),
  ),
  /** What the rules of its findings mean and what to do, by id. */
  rules: z.record(z.string(), z.object({ title: z.string(), help: z.string() })),
});
export type ModelView = z.infer<typeof ModelView>;

export const RegistryView = z.object({
  /** As the configuration names them. */
  sources: z.array(
    z.object({ name: z.string(), kind: z.string(), baseUrl: z.string(), requireSignature: z.boolean() }),
  ),
  /** Versions in each state. */
  states: z.record(ModelState, z.int()),
});
export type RegistryView = z.infer<typeof RegistryView>;

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
const Outcomes = z.record(ArtifactPull.shape.outcome, z.int());

/** Pulls of a span of time in figures. A pull that was cut counts as such alone, with the bytes that were sent. */
export const PullFigures = z.object({
  from: z.string(),
  to: z.string(),
  stepMs: z.int(),
  /** False where there were more than were counted: then the oldest are left out. */
  complete: z.boolean(),
  bytes: z.int(),
  outcomes: Outcomes,
  unusual: z.int(),
  series: z.array(z.object({ time: z.string(), bytes: z.int(), outcomes: Outcomes })),
  /** Who pulled most, by bytes. */
  principals: z.array(z.object({ id: z.string(), bytes: z.int(), pulls: z.int(), refused: z.int() })),
});
export type PullFigures = z.infer<typeof PullFigures>;

const time = z.iso.datetime();

export const modelsApi = {
  getRegistry: defineEndpoint({
    method: 'GET',
    path: '/registry',
    needs: 'traffic.read',
    summary: 'Where models come from, and how many versions are in which state.',
    input: z.strictObject({}),
    answer: RegistryView,
  }),
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
      /** Words: each is part of a version's id. */
      text: z.string().max(200).optional(),
      limit,
      /** `next` of the page before. */
      before: z.string().max(1500).optional(),
    }),
    answer: z.object({ models: z.array(ModelSummary), next: z.string().optional() }),
  }),
  getModel: defineEndpoint({
    method: 'GET',
    path: '/model',
    needs: 'traffic.read',
    summary: 'A version with its files, what was found in them, and where copies of them are.',
    input: z.strictObject({ id: z.string() }),
    answer: ModelView,
  }),
  getModelFacts: defineEndpoint({
    method: 'GET',
    path: '/model/facts',
    needs: 'traffic.read',
    summary:
      'What the files of a version say of it, as far as they were fetched: nothing is loaded, nothing asked of anybody.',
    input: z.strictObject({ id: z.string() }),
    answer: BomFacts,
  }),
  getModelBom: defineEndpoint({
    method: 'GET',
    path: '/model/bom',
    needs: 'traffic.read',
    summary: 'The same as a bill of materials: CycloneDX 1.6 or SPDX 3.0.1.',
    input: z.strictObject({ id: z.string(), format: z.enum(['cyclonedx', 'spdx']).optional() }),
    answer: z.object({ document: z.record(z.string(), z.unknown()) }),
  }),
  compareModels: defineEndpoint({
    method: 'GET',
    path: '/model/comparison',
    needs: 'traffic.read',
    summary: 'What differs between the bills of materials of two versions.',
    input: z.strictObject({
      id: z.string(),
      /** The version before. */
      with: z.string(),
    }),
    answer: z.object({
      changes: z.array(BomChange),
      /** How many more there are. */
      left: z.int(),
    }),
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
      outcome: ArtifactPull.shape.outcome.optional(),
      /** Only what was noted as unusual. */
      unusual: z.stringbool().optional(),
      from: time.optional(),
      to: time.optional(),
      limit,
      before: z.coerce.number().int().nonnegative().optional(),
    }),
    answer: z.object({
      pulls: z.array(PullRecord),
      /** For `before`: older ones may be there, also where none on this page fits. */
      next: z.int().optional(),
    }),
  }),
  getPullFigures: defineEndpoint({
    method: 'GET',
    path: '/pulls/figures',
    needs: 'traffic.read',
    summary: 'Pulls of a span of time in figures: bytes and outcomes over time, and who pulled most.',
    input: z.strictObject({ from: time, to: time }),
    answer: PullFigures,
  }),
};
