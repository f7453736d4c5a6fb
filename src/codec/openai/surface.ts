// OpenAI's operations on text as the gateway sees them.
import { replaceStrings } from '../pointer.ts';
import type { LlmSurface } from '../surface.ts';
import { prepareChatRequest, readChatRequest, reaskChat } from './chat-request.ts';
import { readChatResponse, redactChat } from './chat-response.ts';
import { chatTools } from './chat-tools.ts';
import { openChatStream, openCompletionStream } from './chat-stream.ts';
import { readCompletion, readCompletionRequest, redactCompletion } from './completions.ts';
import { readEmbeddingRequest, readEmbeddings, readModerationRequest, readModerations } from './embeddings.ts';
import { renderChatError, renderChatModels, renderChatStreamError, renderResponsesStreamError } from './error.ts';
import { prepareModel } from './plain-request.ts';
import { readResponsesAnswer, redactResponses } from './responses-answer.ts';
import { prepareResponsesRequest, readResponsesRequest, reaskResponses } from './responses-request.ts';
import { responsesTools } from './responses-tools.ts';
import { openResponsesStream } from './responses-stream.ts';

export const openaiChat: LlmSurface = {
  id: 'openai.chat',
  dialect: 'openai',
  upstreamPath: () => '/chat/completions',
  readRequest: readChatRequest,
  prepareUpstream: prepareChatRequest,
  readResponse: readChatResponse,
  redact: redactChat,
  openStream: openChatStream,
  tools: chatTools,
  reask: reaskChat,
  renderError: renderChatError,
  renderStreamError: renderChatStreamError,
  renderModels: renderChatModels,
};

export const openaiResponses: LlmSurface = {
  id: 'openai.responses',
  dialect: 'openai',
  upstreamPath: () => '/responses',
  readRequest: readResponsesRequest,
  prepareUpstream: prepareResponsesRequest,
  readResponse: readResponsesAnswer,
  redact: redactResponses,
  openStream: openResponsesStream,
  tools: responsesTools,
  reask: reaskResponses,
  renderError: renderChatError,
  renderStreamError: renderResponsesStreamError,
};

export const openaiCompletions: LlmSurface = {
  id: 'openai.completions',
  dialect: 'openai',
  upstreamPath: () => '/completions',
  readRequest: readCompletionRequest,
  prepareUpstream: prepareChatRequest,
  readResponse: readCompletion,
  redact: redactCompletion,
  openStream: openCompletionStream,
  renderError: renderChatError,
  renderStreamError: renderChatStreamError,
};

export const openaiEmbeddings: LlmSurface = {
  id: 'openai.embeddings',
  dialect: 'openai',
  upstreamPath: () => '/embeddings',
  readRequest: readEmbeddingRequest,
  prepareUpstream: prepareModel,
  readResponse: readEmbeddings,
  redact: replaceStrings,
  renderError: renderChatError,
  renderStreamError: renderChatStreamError,
};

export const openaiModerations: LlmSurface = {
  ...openaiEmbeddings,
  id: 'openai.moderations',
  upstreamPath: () => '/moderations',
  readRequest: readModerationRequest,
  readResponse: readModerations,
};
