// Gemini's methods as the gateway sees them: one surface each, by the word after the model's name in the address.
import { isObject } from '../../base/index.ts';
import { readCount } from '../checks.ts';
import { toPathSegment } from '../path-segment.ts';
import { replaceStrings } from '../pointer.ts';
import { OUTPUT } from '../shape.ts';
import type { LlmSurface, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { COUNT_RESPONSE } from './answer-shape.ts';
import {
  prepareBatchEmbedRequest,
  prepareEmbedRequest,
  readBatchEmbedRequest,
  readEmbedRequest,
  readEmbedResponse,
} from './embed.ts';
import { renderGenerateError, renderGenerateModels, renderGenerateStreamError } from './error.ts';
import { reaskGenerate } from './reask.ts';
import {
  prepareCountRequest,
  prepareGenerateRequest,
  readCountRequest,
  readGenerateRequest,
  withoutPrefix,
} from './request.ts';
import { malformed, readGenerateResponse, redactGenerate } from './response.ts';
import { generateTools } from './tools.ts';
import { openGenerateStream } from './stream.ts';

const at = (model: string, method: string): string => `/models/${toPathSegment(withoutPrefix(model))}:${method}`;

const errors = { renderError: renderGenerateError, renderStreamError: renderGenerateStreamError } as const;

export const geminiGenerate: LlmSurface = {
  id: 'gemini.generate',
  dialect: 'gemini',
  upstreamPath: (model, stream) => at(model, stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
  readRequest: readGenerateRequest,
  prepareUpstream: prepareGenerateRequest,
  readResponse: readGenerateResponse,
  redact: redactGenerate,
  openStream: openGenerateStream,
  tools: generateTools,
  reask: reaskGenerate,
  ...errors,
  renderModels: renderGenerateModels,
};

/** Counting is not billed, so nothing is used. */
function readCountResponse(value: unknown): ResponseView {
  if (!isObject(value) || readCount(value['totalTokens']) === undefined)
    throw malformed('totalTokens', 'a whole number');
  const usage = { inputTokens: 0, outputTokens: 0 };
  return { ...readByShape(value, COUNT_RESPONSE, OUTPUT), finishReasons: [], usage };
}

export const geminiCountTokens: LlmSurface = {
  id: 'gemini.count_tokens',
  dialect: 'gemini',
  upstreamPath: (model) => at(model, 'countTokens'),
  readRequest: readCountRequest,
  prepareUpstream: prepareCountRequest,
  readResponse: readCountResponse,
  redact: replaceStrings,
  ...errors,
};

export const geminiEmbed: LlmSurface = {
  id: 'gemini.embed',
  dialect: 'gemini',
  upstreamPath: (model) => at(model, 'embedContent'),
  readRequest: readEmbedRequest,
  prepareUpstream: prepareEmbedRequest,
  readResponse: readEmbedResponse,
  redact: replaceStrings,
  ...errors,
};

export const geminiBatchEmbed: LlmSurface = {
  ...geminiEmbed,
  upstreamPath: (model) => at(model, 'batchEmbedContents'),
  readRequest: readBatchEmbedRequest,
  prepareUpstream: prepareBatchEmbedRequest,
};

/** What answers `POST /v1beta/models/{model}:{method}`, by method. */
export const GEMINI_METHODS: Readonly<Record<string, LlmSurface>> = {
  generateContent: geminiGenerate,
  streamGenerateContent: geminiGenerate,
  countTokens: geminiCountTokens,
  embedContent: geminiEmbed,
  batchEmbedContents: geminiBatchEmbed,
};
