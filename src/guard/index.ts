// The guard's door.
export { toComplaint } from './complaint.ts';
export { APPROVAL_HEADER, type AskedApproval, toDenial } from './denial.ts';
export { explainText } from './explain.ts';
export { type GateRelease, type GateRuler, TextGate } from './gate.ts';
export { JUDGE_STAGE, judgeGrounding } from './grounding-judge.ts';
export { heldTexts } from './held.ts';
export type { Judgement } from './judge.ts';
export { type InputParts, type InputVerdict, type PastJudge } from './input.ts';
export { MisuseMemory } from './misuse/memory.ts';
export { MISUSE_RULES, type MisuseSettings } from './misuse/settings.ts';
export { type WatchedExchange, watchMisuse } from './misuse/watch.ts';
export { type OutputContext, OutputJudge, type OutputVerdict } from './output.ts';
export { type Pipeline, type PipelineParts, createPipeline } from './pipeline.ts';
export { type Rewrite, redactionMark } from './redact.ts';
export { SECOND_STAGE } from './second/ask-input.ts';
export { createJudgeOpinion } from './second/judge.ts';
export { type TextClassifier, createModelOpinion } from './second/model-opinion.ts';
export { SECOND_RULES } from './second/move-scores.ts';
export type { Opinion } from './second/opinion.ts';
export { SecondStage } from './second/second-stage.ts';
export {
  ANYONE,
  type ExchangeOptions,
  type GuardedExchange,
  type Judged,
  type Witness,
  openExchange,
} from './exchange.ts';
export { createStreamGate } from './stream-gate.ts';
// The dialects, for those who open exchanges from this door alone.
export { anthropicMessages, openaiChat } from '../codec/index.ts';
export { type AdaptiveReach, adaptiveReach } from './flow/adaptive.ts';
export { Conversation } from './flow/conversation.ts';
export { FlowDesk } from './flow/desk.ts';
export type { FlowMemory, FlowSettings, FlowTaints, FlowTurn, ServerCall } from './flow/desk-parts.ts';
export { FlowTrace, type ReplayParts, type ReplayedCall, replayTrace, traceId } from './flow/replay.ts';
export { type ReplaySummary, ReplayTally, type SuiteSummary } from './flow/replay-summary.ts';
export { type CallContext, ruleCall } from './flow/rule-call.ts';
export { type ResultFacts, type ToolBook, type ToolHint, createToolBook, joinLabels } from './flow/tool-book.ts';
export { type Vocabulary, parseVocabulary } from './flow/vocabulary.ts';
