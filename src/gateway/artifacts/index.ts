// The pull-through registry.
export { type Cache, blobPath, openCache } from './cache.ts';
export {
  type EvidenceDesk,
  type EvidenceTerms,
  type HoldEvidence,
  MOST_STATEMENT_BYTES,
  createEvidenceDesk,
  missingEvidence,
} from './evidence.ts';
export { createRegistryHandler, type RegistryHandler } from './front.ts';
export { createGate, type Gate, type Passed, type Refused } from './gate.ts';
export { createGather } from './gather.ts';
export { createHttpSource } from './http/source.ts';
export { createHuggingFaceSource } from './huggingface/source.ts';
export { type EarlierEvent, createHookDesk, toHookEvent } from './mlflow/hooks.ts';
export { createMlflowSource } from './mlflow/source.ts';
export { createModelBoms, type ModelBoms } from './model-boms.ts';
export { isOciIndex } from './oci/manifest.ts';
export { createRegistryRemote, type RegistryCredentials } from './oci/remote.ts';
export { createOciSource } from './oci/source.ts';
export { createPullLimits, type EarlierPull } from './limits.ts';
export { createRemote } from './remote.ts';
export { toS3Remote } from './s3/remote.ts';
export { createS3Source } from './s3/source.ts';
export { createScanProcess } from './scan-process.ts';
export type { ArtifactSource } from './source.ts';
export { openUploads, type Uploads } from './uploads.ts';
export { listBucket, readObject } from './s3/bucket.ts';
