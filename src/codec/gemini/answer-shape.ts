// What each place of a Gemini answer is, whole or a chunk of a stream.
import { IDENTIFIER, OUTPUT, oneOf, type Shape } from '../shape.ts';
import { ENUM, PART } from './shape.ts';

const SAFETY_RATINGS: Shape = {
  items: { fields: { category: ENUM, probability: ENUM, severity: ENUM, overwrittenThreshold: ENUM } },
};

const TOKEN_DETAILS: Shape = { items: { fields: { modality: ENUM, tokenCount: {} } } };

const TIME: Shape = { known: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) };

/** Fields that say what the answer is, in whole answers and chunks alike. */
export const ENVELOPE: Readonly<Record<string, Shape>> = {
  modelVersion: IDENTIFIER,
  responseId: IDENTIFIER,
  createTime: TIME,
};

const REST: Readonly<Record<string, Shape>> = {
  ...ENVELOPE,
  promptFeedback: { fields: { blockReason: ENUM, safetyRatings: SAFETY_RATINGS } },
  usageMetadata: {
    fields: {
      promptTokensDetails: TOKEN_DETAILS,
      candidatesTokensDetails: TOKEN_DETAILS,
      cacheTokensDetails: TOKEN_DETAILS,
      toolUsePromptTokensDetails: TOKEN_DETAILS,
      trafficType: ENUM,
      serviceTier: oneOf('unspecified', 'flex', 'standard', 'priority'),
    },
  },
};

const GROUNDING: Shape = {
  fields: {
    // Checked before: what is left of the texts repeats the answer and nothing else.
    groundingSupports: { items: { fields: { segment: { fields: { text: { skip: true } } } } } },
    searchEntryPoint: { fields: { sdkBlob: { opaque: 'encrypted' } } },
    googleMapsWidgetContextToken: { opaque: 'encrypted' },
  },
};

const candidate = (parts: Shape): Shape => ({
  fields: {
    content: { fields: { role: oneOf('model', 'user'), parts } },
    finishReason: ENUM,
    safetyRatings: SAFETY_RATINGS,
    groundingMetadata: GROUNDING,
    urlContextMetadata: { fields: { urlMetadata: { items: { fields: { urlRetrievalStatus: ENUM } } } } },
    // Cleaned before, as the supports are.
    logprobsResult: { skip: true },
    continuationToken: { opaque: 'encrypted' },
  },
});

export const RESPONSE: Shape = {
  place: OUTPUT,
  fields: { ...REST, candidates: { items: candidate({ items: PART }) } },
};
/** A candidate of a chunk, once its parts are read. */
export const CANDIDATE_REST: Shape = { place: OUTPUT, ...candidate({ skip: true }) };
/** A chunk, once its candidates are read. */
export const CHUNK_REST: Shape = { place: OUTPUT, fields: { ...REST, candidates: { skip: true } } };

export const COUNT_RESPONSE: Shape = {
  place: OUTPUT,
  fields: { totalTokens: {}, promptTokensDetails: TOKEN_DETAILS, cacheTokensDetails: TOKEN_DETAILS },
};
