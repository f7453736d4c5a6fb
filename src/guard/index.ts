// The guard's door.
export { TextGate, type GateRuler } from './gate.ts';
export { type InputParts, type InputVerdict } from './input.ts';
export { type OutputContext, OutputJudge, type OutputVerdict } from './output.ts';
export { type Pipeline, type PipelineParts, createPipeline } from './pipeline.ts';
export { redactionMark } from './redact.ts';
