// Which dialect and operation an address and method stand for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  GEMINI_METHODS,
  type LlmSurface,
  type RequestAddress,
  anthropicCountTokens,
  anthropicMessages,
  geminiGenerate,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiImageEdits,
  openaiImageVariations,
  openaiImages,
  openaiModerations,
  openaiResponses,
  openaiSpeech,
  openaiTranscriptions,
  openaiTranslations,
} from '../codec/index.ts';
import { type LlmParts, handleExchange, handleModels } from './llm/index.ts';

type Handler = (
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
  address?: RequestAddress,
) => Promise<void>;

/** What answers a request. */
export interface Endpoint {
  readonly handle: Handler;
  readonly surface: LlmSurface;
  readonly address?: RequestAddress;
}

const exchange = (surface: LlmSurface): Endpoint => ({ handle: handleExchange, surface });
const models = (surface: LlmSurface): Endpoint => ({ handle: handleModels, surface });

const TABLE: ReadonlyMap<string, Endpoint> = new Map([
  ['POST /v1/chat/completions', exchange(openaiChat)],
  ['POST /v1/responses', exchange(openaiResponses)],
  ['POST /v1/completions', exchange(openaiCompletions)],
  ['POST /v1/embeddings', exchange(openaiEmbeddings)],
  ['POST /v1/moderations', exchange(openaiModerations)],
  ['POST /v1/images/generations', exchange(openaiImages)],
  ['POST /v1/images/edits', exchange(openaiImageEdits)],
  ['POST /v1/images/variations', exchange(openaiImageVariations)],
  ['POST /v1/audio/speech', exchange(openaiSpeech)],
  ['POST /v1/audio/transcriptions', exchange(openaiTranscriptions)],
  ['POST /v1/audio/translations', exchange(openaiTranslations)],
  ['GET /v1/models', models(openaiChat)],
  ['POST /v1/messages', exchange(anthropicMessages)],
  ['POST /v1/messages/count_tokens', exchange(anthropicCountTokens)],
  ['GET /v1beta/models', models(geminiGenerate)],
]);

/** Gemini's clients write the model and the method into the address. */
const GEMINI_PATH = /^\/v1(?:beta)?\/models\/([^/?]{1,300}):([A-Za-z]{1,40})$/;

/** The addresses there are, for a hint. */
export const ADDRESSES: readonly string[] = [
  ...TABLE.keys(),
  'POST /v1beta/models/{model}:{method}',
  'GET /healthz',
  'GET /readyz',
];

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** @param url - the request's own target, as it came */
export function findEndpoint(method: string, url: string, headers: IncomingMessage['headers']): Endpoint | undefined {
  const [path = '/', query = ''] = url.split('?', 2);
  // Anthropic's clients list models at the address of OpenAI's.
  if (method === 'GET' && path === '/v1/models' && headers['anthropic-version'] !== undefined) {
    return models(anthropicMessages);
  }
  const found = TABLE.get(`${method} ${path}`);
  if (found !== undefined || method !== 'POST') return found;
  const [, encoded, operation] = GEMINI_PATH.exec(path) ?? [];
  const model = encoded === undefined ? undefined : decode(encoded);
  const surface =
    operation !== undefined && Object.hasOwn(GEMINI_METHODS, operation) ? GEMINI_METHODS[operation] : undefined;
  if (model === undefined || operation === undefined || surface === undefined) return undefined;
  const alt = new URLSearchParams(query).get('alt');
  const address = { model, method: operation, ...(alt === null ? {} : { alt }) };
  return { handle: handleExchange, surface, address };
}

/** The dialect in which an error at an address is told. */
export function dialectOf(path: string): LlmSurface {
  if (path.startsWith('/v1/messages')) return anthropicMessages;
  return path.startsWith('/v1beta/') || GEMINI_PATH.test(path) ? geminiGenerate : openaiChat;
}
