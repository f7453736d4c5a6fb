// Anthropic's Messages, and the count of their tokens, as the gateway sees them.
import { replaceStrings } from '../pointer.ts';
import type { LlmSurface } from '../surface.ts';
import { readCountRequest, readCountResponse } from './count-tokens.ts';
import { renderMessagesError, renderMessagesModels, renderMessagesStreamError } from './error.ts';
import { readMessageResponse } from './message-response.ts';
import { openMessageStream } from './message-stream.ts';
import { prepareMessagesRequest, readMessagesRequest } from './messages-request.ts';
import { reaskMessages } from './reask.ts';
import { messageTools } from './tools.ts';

export const anthropicMessages: LlmSurface = {
  id: 'anthropic.messages',
  dialect: 'anthropic',
  upstreamPath: () => '/messages',
  readRequest: readMessagesRequest,
  prepareUpstream: prepareMessagesRequest,
  readResponse: readMessageResponse,
  redact: replaceStrings,
  openStream: openMessageStream,
  tools: messageTools,
  reask: reaskMessages,
  renderError: renderMessagesError,
  renderStreamError: renderMessagesStreamError,
  renderModels: renderMessagesModels,
};

export const anthropicCountTokens: LlmSurface = {
  id: 'anthropic.count_tokens',
  dialect: 'anthropic',
  upstreamPath: () => '/messages/count_tokens',
  readRequest: readCountRequest,
  prepareUpstream: prepareMessagesRequest,
  readResponse: readCountResponse,
  redact: replaceStrings,
  renderError: renderMessagesError,
  renderStreamError: renderMessagesStreamError,
};
