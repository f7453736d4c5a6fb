// The gateway's door.
export {
  type AdminParts,
  type AnswerHook,
  type MonitorDesk,
  type Operations,
  type PolicyDesk,
  type ReplaySpan,
  createAdminClient,
  createChangeRecorder,
  createControlPlane,
  createLiveFeed,
  createOperations,
  startAdminSocket,
  toApiClient,
} from './admin/index.ts';
export {
  type AdmissionListener,
  type AdmissionTls,
  type Places,
  checkAdmissionExposure,
  createManifestCheck,
  createReview,
  readPlaces,
  startAdmissionListener,
} from './admission/index.ts';
export {
  type ArtifactSource,
  type Cache,
  type EarlierEvent,
  type EarlierPull,
  type EvidenceDesk,
  type EvidenceTerms,
  type HoldEvidence,
  type Gate,
  type ModelBoms,
  type Passed,
  type Refused,
  type RegistryCredentials,
  type RegistryHandler,
  type Uploads,
  blobPath,
  createEvidenceDesk,
  createGate,
  createGather,
  createHookDesk,
  createHttpSource,
  createHuggingFaceSource,
  createMlflowSource,
  createOciSource,
  createModelBoms,
  createPullLimits,
  createRegistryHandler,
  createRegistryRemote,
  createRemote,
  createS3Source,
  createScanProcess,
  isOciIndex,
  listBucket,
  missingEvidence,
  openCache,
  openUploads,
  readObject,
  toHookEvent,
  toS3Remote,
} from './artifacts/index.ts';
export { askChild, forkBeside } from './child-process.ts';
export { createAddressOf } from './client-address.ts';
export { type DurableParts, untilDurable } from './durable.ts';
export { checkExposure, isLoopbackUrl } from './exposure.ts';
export { createInflight, cutFrozen, type Inflight } from './inflight.ts';
export { createTighten } from './tightened.ts';
export { type EnrolledNode, Intake, type IntakeSettings, StreamBook, createNodeFront } from './nodes/index.ts';
export { type AskingParts, type LlmParts, askModel, authenticate } from './llm/index.ts';
export {
  type FlowGate,
  type McpFront,
  type FlowCall,
  type McpParts,
  type McpSettings,
  type PinBook,
  type SeenServers,
  type ToolRule,
  type ToolServer,
  configuredSchema,
  createMcpFront,
  createOriginCheck,
  createTokenAuthority,
  memoryOf,
  openHttpLink,
  openPinBook,
  openSeenServers,
  openStdioLink,
  startWrap,
} from './mcp/index.ts';
export { type Load, createLoad } from './load.ts';
export { type PracticeModel, startPracticeModel } from './practice/index.ts';
export { createRefusals, type Refusals } from './refusals.ts';
export { type MetricsListener, checkMetricsExposure, startMetricsListener } from './metrics-listener.ts';
export { type Gateway, type GatewayOptions, type Readiness, type TlsFiles, startGateway } from './server.ts';
export {
  type DoorSecrets,
  type OpenDoor,
  type Roster,
  type UpstreamDoor,
  createRoster,
  openDoor,
} from './upstreams/index.ts';
