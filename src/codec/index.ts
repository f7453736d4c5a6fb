// Other people's bytes, read within bounds: JSON, event streams, and the wire dialects of models.
export { anthropicCountTokens, anthropicMessages } from './anthropic/surface.ts';
export { createAwsEventStreamParser } from './aws-event-stream.ts';
export { GEMINI_METHODS, geminiBatchEmbed, geminiCountTokens, geminiEmbed, geminiGenerate } from './gemini/surface.ts';
export { parseJson, type ParseOptions } from './json.ts';
export { isBlankLine, readInputLines, type InputLine } from './lines.ts';
export { MAX_LOG_LINE, readLogLine } from './logs/line.ts';
export {
  openaiImageEdits,
  openaiImageVariations,
  openaiImages,
  openaiSpeech,
  openaiTranscriptions,
  openaiTranslations,
} from './openai/media-surfaces.ts';
export {
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiModerations,
  openaiResponses,
} from './openai/surface.ts';
export { passEvent, type Passed } from './pass-event.ts';
export { toPathSegment } from './path-segment.ts';
export { escapeToken, replaceStrings, setAtPointer, type Replacement } from './pointer.ts';
export { createSseParser, encodeSse, type SseEvent, type SseLimits, type SseParser } from './sse.ts';
export type {
  BodyBounds,
  Dialect,
  Edit,
  ErrorReport,
  HttpAnswer,
  LlmSurface,
  Release,
  RequestAddress,
  RequestView,
  ResponseView,
  Span,
  StreamGate,
  StreamPiece,
  StreamReader,
  TextDelta,
  TokenUsage,
  ToolCall,
  WireBody,
} from './surface.ts';
export { estimateTokens } from './tokens.ts';
export { walkStrings, type Reading } from './walk.ts';
export { MAX_TAR_NAME, readTar, tarChecksum, tarEnd, tarHeader, tarPadding, type TarPiece } from './tar.ts';
export { childText, escapeXml, parseXml, type XmlElement } from './xml.ts';
export type { HistoryItem, ProposedToolCall, ToolWire } from './tool-wire.ts';
