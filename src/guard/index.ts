// The guard's door.
export { toDenial } from './denial.ts';
export { type GateRelease, type GateRuler, TextGate } from './gate.ts';
export { type InputParts, type InputVerdict } from './input.ts';
export { type OutputContext, OutputJudge, type OutputVerdict } from './output.ts';
export { type Pipeline, type PipelineParts, createPipeline } from './pipeline.ts';
export { type Rewrite, redactionMark } from './redact.ts';
export { type ExchangeOptions, type GuardedExchange, type Judged, openExchange } from './exchange.ts';
export { createStreamGate } from './stream-gate.ts';
// The dialects, for those who open exchanges from this door alone.
export { anthropicMessages, openaiChat } from '../codec/index.ts';
