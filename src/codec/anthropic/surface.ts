// Anthropic's Messages as the gateway sees it.
import { replaceStrings } from '../pointer.ts';
import type { LlmSurface } from '../surface.ts';
import { renderMessagesError, renderMessagesModels, renderMessagesStreamError } from './error.ts';
import { readMessageResponse } from './message-response.ts';
import { openMessageStream } from './message-stream.ts';
import { prepareMessagesRequest, readMessagesRequest } from './messages-request.ts';

export const anthropicMessages: LlmSurface = {
  id: 'anthropic.messages',
  dialect: 'anthropic',
  upstreamPath: () => '/messages',
  readRequest: readMessagesRequest,
  prepareUpstream: prepareMessagesRequest,
  readResponse: readMessageResponse,
  redact: replaceStrings,
  openStream: openMessageStream,
  renderError: renderMessagesError,
  renderStreamError: renderMessagesStreamError,
  renderModels: renderMessagesModels,
};
