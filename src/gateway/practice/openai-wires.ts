// The addresses of OpenAI's other surfaces.
import {
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
} from '../../codec/index.ts';
import { toCompletion, toCompletionChunks } from './completions-wire.ts';
import { toImages, toSpeech, toTranscript, toTranscriptEvents } from './media-wire.ts';
import { toEmbeddings, toModerations } from './numbers-wire.ts';
import { toCompletionPrompt, toFormPrompt, toResponsesPrompt, toTextPrompt } from './openai-prompts.ts';
import type { Wire } from './practice-model.ts';
import { toResponsesAnswer, toResponsesEvents } from './responses-wire.ts';

const TRANSCRIPT = { toPrompt: toFormPrompt, toWhole: toTranscript } as const;

export const OPENAI_WIRES: Readonly<Record<string, Wire>> = {
  '/v1/responses': {
    surface: openaiResponses,
    toPrompt: toResponsesPrompt,
    toWhole: toResponsesAnswer,
    toEvents: toResponsesEvents,
  },
  '/v1/completions': {
    surface: openaiCompletions,
    toPrompt: toCompletionPrompt,
    toWhole: toCompletion,
    toEvents: toCompletionChunks,
  },
  '/v1/embeddings': { surface: openaiEmbeddings, toPrompt: toTextPrompt, toWhole: toEmbeddings },
  '/v1/moderations': { surface: openaiModerations, toPrompt: toTextPrompt, toWhole: toModerations },
  '/v1/images/generations': { surface: openaiImages, toPrompt: toTextPrompt, toWhole: toImages },
  '/v1/images/edits': { surface: openaiImageEdits, toPrompt: toFormPrompt, toWhole: toImages },
  '/v1/images/variations': { surface: openaiImageVariations, toPrompt: toFormPrompt, toWhole: toImages },
  '/v1/audio/speech': { surface: openaiSpeech, toPrompt: toTextPrompt, toWhole: toSpeech },
  '/v1/audio/transcriptions': { surface: openaiTranscriptions, ...TRANSCRIPT, toEvents: toTranscriptEvents },
  '/v1/audio/translations': { surface: openaiTranslations, ...TRANSCRIPT },
};
