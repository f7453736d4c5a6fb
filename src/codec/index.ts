// Other people's bytes, read within bounds: JSON, event streams, and the wire dialects of models.
export { anthropicMessages } from './anthropic/surface.ts';
export { parseJson, type ParseOptions } from './json.ts';
export { openaiChat } from './openai/surface.ts';
export { passEvent, type Passed } from './pass-event.ts';
export { escapeToken, replaceStrings, setAtPointer, type Replacement } from './pointer.ts';
export { createSseParser, encodeSse, type SseEvent, type SseLimits, type SseParser } from './sse.ts';
export type {
  Edit,
  ErrorReport,
  HttpAnswer,
  LlmSurface,
  Release,
  RequestView,
  ResponseView,
  Span,
  StreamGate,
  StreamPiece,
  StreamReader,
  TextDelta,
  TokenUsage,
  ToolCall,
} from './surface.ts';
export { estimateTokens } from './tokens.ts';
export { walkStrings, type Reading } from './walk.ts';
