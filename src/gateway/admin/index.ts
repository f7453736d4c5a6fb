// Administration: one table of operations, served to browsers and over the owner's socket.
export type { AnswerHook } from './approval-hook.ts';
export { createChangeRecorder } from './changes.ts';
export { createAdminClient } from './client.ts';
export { createControlPlane } from './http.ts';
export { createLiveFeed } from './live-feed.ts';
export { type Operations, toApiClient } from './operation.ts';
export { type AdminParts, createOperations } from './operations.ts';
export type { MonitorDesk } from './monitor-operations.ts';
export type { PolicyDesk, ReplaySpan } from './policy-operations.ts';
export { startAdminSocket } from './socket.ts';
