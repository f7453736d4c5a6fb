// OpenAI's Chat Completions as the gateway sees it.
import type { LlmSurface } from '../surface.ts';
import { prepareChatRequest, readChatRequest } from './chat-request.ts';
import { readChatResponse, redactChat } from './chat-response.ts';
import { openChatStream } from './chat-stream.ts';
import { renderChatError, renderChatModels, renderChatStreamError } from './error.ts';

export const openaiChat: LlmSurface = {
  id: 'openai.chat',
  dialect: 'openai',
  upstreamPath: () => '/chat/completions',
  readRequest: readChatRequest,
  prepareUpstream: prepareChatRequest,
  readResponse: readChatResponse,
  redact: redactChat,
  openStream: openChatStream,
  renderError: renderChatError,
  renderStreamError: renderChatStreamError,
  renderModels: renderChatModels,
};
