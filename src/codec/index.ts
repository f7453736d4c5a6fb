// Other people's bytes, read within bounds: JSON, event streams, and the wire dialects of models.
export { anthropicCountTokens, anthropicMessages } from './anthropic/surface.ts';
export type { Bytes } from './bytes.ts';
export { Cursor, Malformed } from './cursor.ts';
export { createAwsEventStreamParser } from './aws-event-stream.ts';
export { GEMINI_METHODS, geminiBatchEmbed, geminiCountTokens, geminiEmbed, geminiGenerate } from './gemini/surface.ts';
export { decodeBzip2 } from './bzip2.ts';
export { decodeLz4 } from './lz4.ts';
export { type ByteReader, decodeLzma, decodeLzmaAlone } from './lzma.ts';
export { type Field, ProtobufFault, readFields } from './protobuf.ts';
export type { Hdf5Attribute } from './hdf5/attributes.ts';
export { openHdf5 } from './hdf5/superblock.ts';
export { type Hdf5Dataset, type Hdf5Visitor, walkHdf5 } from './hdf5/walk.ts';
export { isJsonObject, type JsonList, type JsonObject, type JsonTree, readJsonTree } from './json-tree.ts';
export type { JinjaArgument, JinjaExpression, JinjaParameter, JinjaStatement } from './jinja/node.ts';
export { parseJinja } from './jinja/parse.ts';
export { JinjaBroken } from './jinja/tokens.ts';
export { parseJson, type ParseOptions } from './json.ts';
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
export { readUbjson } from './ubjson.ts';
export { walkStrings, type Reading } from './walk.ts';
export { parsePythonLiteral, type PythonLiteral } from './python-literal.ts';
export { MAX_TAR_NAME, readTar, tarChecksum, tarEnd, tarHeader, tarPadding, type TarPiece } from './tar.ts';
export {
  type Argument as PythonArgument,
  type PythonNode,
  type PythonStatement,
  PythonTooDeep,
  PythonTooLong,
} from './python/node.ts';
export { SIMPLE_ESCAPES } from './python/escapes.ts';
export { readPython } from './python/statement.ts';
export { type HclBlock, type HclValue, parseHcl } from './hcl.ts';
export { decodeXz } from './xz.ts';
