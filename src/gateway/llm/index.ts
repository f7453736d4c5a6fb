// The guarded proxy for LLM traffic.
export { handleExchange } from './handler.ts';
export { handleModels } from './models.ts';
export type { LlmParts, UpstreamDoor } from './parts.ts';
