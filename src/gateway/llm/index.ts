// The guarded proxy for LLM traffic.
export type { FlowParts } from './flow.ts';
export { type AskingParts, askModel } from './ask-model.ts';
export { handleExchange } from './handler.ts';
export { handleModels } from './models.ts';
export type { LlmParts } from './parts.ts';
export { retryHeaders } from './reply.ts';
export { authenticate } from './authenticate.ts';
