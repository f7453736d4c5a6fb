// OpenAI's operations on images and sound as the gateway sees them. Those that share an id differ in their address.
import { replaceStrings } from '../pointer.ts';
import type { LlmSurface } from '../surface.ts';
import { encodeBinary, isBinary, parseAudio } from './binary-answer.ts';
import { renderChatError, renderChatStreamError } from './error.ts';
import { FORM_BODY } from './forms.ts';
import { readImageEdit, readImageRequest, readImages, readImageVariation } from './images.ts';
import { prepareModel } from './plain-request.ts';
import { readSpeech, readSpeechRequest } from './speech.ts';
import { encodeTranscript, parseTranscript, readTranscript, redactTranscript } from './transcript-answer.ts';
import { readTranscriptionRequest, readTranslationRequest } from './transcript-request.ts';
import { openTranscriptStream } from './transcript-stream.ts';

const ERRORS = { renderError: renderChatError, renderStreamError: renderChatStreamError } as const;

export const openaiImages: LlmSurface = {
  id: 'openai.images',
  dialect: 'openai',
  upstreamPath: () => '/images/generations',
  readRequest: readImageRequest,
  prepareUpstream: prepareModel,
  readResponse: readImages,
  redact: replaceStrings,
  ...ERRORS,
};

export const openaiImageEdits: LlmSurface = {
  ...openaiImages,
  ...FORM_BODY,
  upstreamPath: () => '/images/edits',
  readRequest: readImageEdit,
};

export const openaiImageVariations: LlmSurface = {
  ...openaiImageEdits,
  upstreamPath: () => '/images/variations',
  readRequest: readImageVariation,
};

export const openaiSpeech: LlmSurface = {
  id: 'openai.speech',
  dialect: 'openai',
  upstreamPath: () => '/audio/speech',
  readRequest: readSpeechRequest,
  prepareUpstream: prepareModel,
  parseAnswer: parseAudio,
  encodeAnswer: encodeBinary,
  readResponse: readSpeech,
  redact: (body, edits) => (isBinary(body) ? body : replaceStrings(body, edits)),
  ...ERRORS,
};

export const openaiTranscriptions: LlmSurface = {
  id: 'openai.transcriptions',
  dialect: 'openai',
  ...FORM_BODY,
  upstreamPath: () => '/audio/transcriptions',
  readRequest: readTranscriptionRequest,
  parseAnswer: parseTranscript,
  encodeAnswer: encodeTranscript,
  readResponse: readTranscript,
  redact: redactTranscript,
  openStream: openTranscriptStream,
  ...ERRORS,
};

const { openStream: _, ...whole } = openaiTranscriptions;

/** Translations do not stream. */
export const openaiTranslations: LlmSurface = {
  ...whole,
  upstreamPath: () => '/audio/translations',
  readRequest: readTranslationRequest,
};
