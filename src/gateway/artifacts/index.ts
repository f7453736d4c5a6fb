// The pull-through registry.
export { type Cache, blobPath, openCache } from './cache.ts';
export { type EvidenceDesk, type HoldEvidence, MOST_STATEMENT_BYTES, createEvidenceDesk } from './evidence.ts';
export { createRegistryHandler, type RegistryHandler } from './front.ts';
export { createGate, type Gate, type Passed, type Refused } from './gate.ts';
export { createGather } from './gather.ts';
export { createHuggingFaceSource } from './huggingface/source.ts';
export { isOciIndex } from './oci/manifest.ts';
export { createRegistryRemote, type RegistryCredentials } from './oci/remote.ts';
export { createOciSource } from './oci/source.ts';
export { createPullLimits, type EarlierPull } from './limits.ts';
export { createRemote } from './remote.ts';
export { createScanProcess } from './scan-process.ts';
export type { ArtifactSource } from './source.ts';
export { openUploads, type Uploads } from './uploads.ts';
