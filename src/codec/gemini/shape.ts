// What each place of a Gemini request and answer is. The fields are those of Google's generativelanguage v1beta.
import type { Uninspected } from '../../contract/index.ts';
import {
  ASSISTANT,
  IDENTIFIER,
  METADATA,
  SIGNATURE,
  SYSTEM,
  TOOL_ARGUMENT,
  TOOL_DESCRIPTION,
  TOOL_RESULT,
  USER,
  oneOf,
  type Place,
  type Shape,
} from '../shape.ts';
import { both, oneOrMany } from './spelling.ts';

/** A value of one of Google's enumerations: an upper-case word without digits, and so no key or number. */
export const ENUM: Shape = { known: (text) => /^[A-Z][A-Z_]{0,47}$/.test(text) && !/^A[KS]IA/.test(text) };
const MIME: Shape = { known: (text) => /^[a-z]{1,20}\/[a-z][a-z.+-]{0,60}$/.test(text) };
/** A span of time such as `1.5s`. */
const DURATION: Shape = { known: (text) => /^\d{1,6}(?:\.\d{1,9})?s$/.test(text) };

const KINDS: Readonly<Record<string, Uninspected>> = { image: 'image', audio: 'audio', video: 'video' };

/** What a blob holds by its media type; anything that is none of image, audio and video is a file. */
function kindOf(blob: Readonly<Record<string, unknown>>): Uninspected {
  const type = blob['mimeType'] ?? blob['mime_type'];
  const family = typeof type === 'string' ? type.split('/', 1)[0]!.toLowerCase() : '';
  return Object.hasOwn(KINDS, family) ? KINDS[family]! : 'file';
}

const blobFields = (kind: Uninspected): Shape => ({
  mark: kind,
  fields: both({ mimeType: MIME, data: { opaque: kind }, fileUri: {}, displayName: {} }),
});
const BLOBS: Readonly<Record<string, Shape>> = {
  image: blobFields('image'),
  audio: blobFields('audio'),
  video: blobFields('video'),
  file: blobFields('file'),
};
/** Bytes given inline, or by address: nobody reads either. */
const BLOB: Shape = { pick: (blob) => BLOBS[kindOf(blob)]! };

export const FUNCTION_CALL: Shape = {
  place: TOOL_ARGUMENT,
  fields: both({ id: IDENTIFIER, name: {}, args: {}, partialArgs: {}, willContinue: {} }),
};

const FUNCTION_RESPONSE: Shape = {
  place: TOOL_RESULT,
  fields: both({
    id: IDENTIFIER,
    name: {},
    response: {},
    parts: oneOrMany({ fields: both({ inlineData: BLOB, fileData: BLOB }) }),
    scheduling: ENUM,
    willContinue: {},
  }),
};

/** What a part holds where it holds no text: one of these. */
const DATA: Readonly<Record<string, Shape>> = {
  inlineData: BLOB,
  fileData: BLOB,
  functionCall: FUNCTION_CALL,
  functionResponse: FUNCTION_RESPONSE,
  // Code that the provider runs, and what came of it.
  executableCode: { place: TOOL_ARGUMENT, fields: both({ id: IDENTIFIER, language: ENUM, code: {} }) },
  codeExecutionResult: { place: TOOL_RESULT, fields: both({ id: IDENTIFIER, outcome: ENUM, output: {} }) },
  // The provider's own tools, as they report themselves.
  toolCall: { place: TOOL_ARGUMENT, fields: both({ id: IDENTIFIER, toolType: ENUM, args: {} }) },
  toolResponse: { place: TOOL_RESULT, fields: both({ id: IDENTIFIER, toolType: ENUM, response: {} }) },
};
export const DATA_MEMBERS: readonly string[] = Object.keys(DATA);

/** What may stand beside either. */
const BESIDE: Readonly<Record<string, Shape>> = {
  thought: {},
  thoughtSignature: SIGNATURE,
  videoMetadata: { fields: both({ startOffset: DURATION, endOffset: DURATION, fps: {} }) },
  mediaResolution: { fields: both({ level: ENUM, numTokens: {} }) },
};
export const BESIDE_MEMBERS: readonly string[] = Object.keys(BESIDE);

const PART_FIELDS = both({ text: {}, ...DATA, ...BESIDE, partMetadata: {} });

const KNOWN_PART: Shape = { fields: PART_FIELDS };
/** A part with a member that is not known here may carry what no text detector can read. */
const UNKNOWN_PART: Shape = { fields: PART_FIELDS, mark: 'unknown' };

/** A part of a content, by what it holds. */
export const PART: Shape = {
  pick: (part) => (Object.keys(part).every((name) => Object.hasOwn(PART_FIELDS, name)) ? KNOWN_PART : UNKNOWN_PART),
};

const ROLE = oneOf('user', 'model', 'function', 'tool', 'system');
const contentFields = (place: Place): Shape => ({ place, fields: both({ role: ROLE, parts: oneOrMany(PART) }) });
const FROM_MODEL = contentFields(ASSISTANT);
const FROM_TOOL = contentFields(TOOL_RESULT);
const FROM_USER = contentFields(USER);
const FROM_SYSTEM = contentFields(SYSTEM);

/** A turn of the conversation, by its role. */
export const CONTENT: Shape = {
  pick: ({ role }) =>
    role === 'model'
      ? FROM_MODEL
      : role === 'function' || role === 'tool'
        ? FROM_TOOL
        : role === 'system'
          ? FROM_SYSTEM
          : FROM_USER,
};

const FUNCTION: Shape = {
  fields: both({
    name: {},
    description: {},
    parameters: {},
    parametersJsonSchema: {},
    response: {},
    responseJsonSchema: {},
    behavior: ENUM,
  }),
};

const TOOL: Shape = {
  place: TOOL_DESCRIPTION,
  fields: both({
    functionDeclarations: oneOrMany(FUNCTION),
    computerUse: { fields: both({ environment: ENUM, excludedPredefinedFunctions: {} }) },
    googleSearch: {},
    googleSearchRetrieval: {},
    enterpriseWebSearch: {},
    googleMaps: {},
    codeExecution: {},
    urlContext: {},
    fileSearch: {},
    retrieval: {},
    exaAiSearch: {},
    parallelAiSearch: {},
    mcpServers: {},
  }),
};

const GENERATION_CONFIG: Shape = {
  fields: both({
    maxOutputTokens: {},
    candidateCount: {},
    stopSequences: {},
    responseMimeType: oneOf('text/plain', 'application/json', 'text/x.enum'),
    // The form of the answer is told to the model, as a tool's is.
    responseSchema: { place: TOOL_DESCRIPTION },
    responseJsonSchema: { place: TOOL_DESCRIPTION },
    responseFormat: { place: TOOL_DESCRIPTION },
    responseModalities: { items: ENUM },
    mediaResolution: ENUM,
    thinkingConfig: { fields: both({ includeThoughts: {}, thinkingBudget: {}, thinkingLevel: ENUM }) },
    routingConfig: {},
    modelSelectionConfig: {},
    responseLogprobs: {},
    logprobs: {},
  }),
};

/** A request to generate; `countTokens` takes the same within a member of its own. */
export const REQUEST: Shape = {
  place: METADATA,
  fields: both({
    model: IDENTIFIER,
    contents: oneOrMany(CONTENT),
    systemInstruction: FROM_SYSTEM,
    tools: oneOrMany(TOOL),
    toolConfig: {
      fields: both({
        functionCallingConfig: {
          fields: both({ mode: ENUM, allowedFunctionNames: {}, streamFunctionCallArguments: {} }),
        },
        retrievalConfig: {},
        includeServerSideToolInvocations: {},
      }),
    },
    generationConfig: GENERATION_CONFIG,
    safetySettings: oneOrMany({ fields: both({ category: ENUM, threshold: ENUM, method: ENUM }) }),
    cachedContent: {},
    continuationToken: { opaque: 'encrypted' },
    generationOutputConfig: {},
    store: {},
    labels: {},
    serviceTier: oneOf('unspecified', 'flex', 'standard', 'priority'),
  }),
};

export const COUNT_REQUEST: Shape = {
  place: METADATA,
  fields: both({ contents: oneOrMany(CONTENT), generateContentRequest: REQUEST, model: IDENTIFIER }),
};

const EMBED_FIELDS: Readonly<Record<string, Shape>> = {
  model: IDENTIFIER,
  content: CONTENT,
  taskType: ENUM,
  title: { place: USER },
  outputDimensionality: {},
  embedContentConfig: {},
};
export const EMBED_REQUEST: Shape = { place: METADATA, fields: both(EMBED_FIELDS) };
export const BATCH_EMBED_REQUEST: Shape = {
  place: METADATA,
  fields: both({ model: IDENTIFIER, requests: oneOrMany(EMBED_REQUEST) }),
};
