// The gateway's door.
export {
  type AdminService,
  type AdminStatus,
  RecordQuery,
  createAdminClient,
  createAdminService,
  startAdminSocket,
} from './admin/index.ts';
export { createInflight, type Inflight } from './inflight.ts';
export type { LlmParts, UpstreamDoor } from './llm/index.ts';
export { type PracticeModel, startPracticeModel } from './practice/index.ts';
export { createRefusals, type Refusals } from './refusals.ts';
export { type Gateway, startGateway } from './server.ts';
