// The guarded proxy for LLM traffic.
export { handleExchange } from './handler.ts';
export { handleModels } from './models.ts';
export type { LlmParts } from './parts.ts';
export { retryHeaders } from './reply.ts';
