// Embeddings and moderations: texts in, numbers out.
import { AncileError, isObject } from '../../base/index.ts';
import { checkObject, invalid, readCount } from '../checks.ts';
import { DOCUMENT, IDENTIFIER, OUTPUT, USER, oneOf, type Shape } from '../shape.ts';
import type { RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { TEXTS_OR_TOKENS } from './completions.ts';
import { plainShape, toPlainView } from './plain-request.ts';

const EMBEDDING_REQUEST = plainShape({
  input: { place: DOCUMENT, ...TEXTS_OR_TOKENS },
  encoding_format: oneOf('float', 'base64'),
  dimensions: {},
});

const isText = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** Reads the body of `POST /v1/embeddings`. @throws AncileError `request_invalid`. */
export function readEmbeddingRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  if (!isText(body['input'])) throw invalid('input', 'a string or an array of strings or tokens');
  return toPlainView(body, body, EMBEDDING_REQUEST, { maxOutputTokens: 0 });
}

/** Code units of a base64 vector: far more than any model's dimensions make. */
const MAX_VECTOR = 1_000_000;

/** Whether a string is a vector as `encoding_format: base64` writes it: finite little-endian 32-bit floats. */
function isVectorBase64(text: string): boolean {
  if (text.length === 0 || text.length > MAX_VECTOR || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) return false;
  for (let i = 0; i < bytes.length; i += 4) if (!Number.isFinite(bytes.readFloatLE(i))) return false;
  return true;
}

const EMBEDDINGS: Shape = {
  place: OUTPUT,
  fields: {
    object: oneOf('list'),
    model: IDENTIFIER,
    data: {
      items: { fields: { object: oneOf('embedding'), embedding: { numbers: 'vector', known: isVectorBase64 } } },
    },
  },
};

/** @throws AncileError `upstream_malformed`. */
function checkList(value: unknown, name: string): Record<string, unknown> {
  if (isObject(value) && Array.isArray(value[name]) && value[name].every(isObject)) return value;
  throw new AncileError('upstream_malformed', `${name} of the upstream's answer is not an array of objects`, {
    at: name,
  });
}

/** Reads a whole answer of embeddings. Vectors say nothing to a text detector. @throws AncileError `upstream_malformed`. */
export function readEmbeddings(value: unknown): ResponseView {
  const body = checkList(value, 'data');
  const usage = isObject(body['usage']) ? body['usage'] : {};
  const inputTokens = readCount(usage['prompt_tokens'] ?? usage['total_tokens']);
  return {
    ...readByShape(body, EMBEDDINGS, OUTPUT),
    finishReasons: [],
    ...(inputTokens !== undefined && { usage: { inputTokens, outputTokens: 0 } }),
  };
}

/** The model that moderation takes where none is named. */
const MODERATION_MODEL = 'omni-moderation-latest';

const MODERATION_REQUEST = plainShape({
  input: {
    place: USER,
    items: {
      pick: ({ type }) =>
        type === 'image_url' ? IMAGE_PART : type === 'text' ? { fields: { type: oneOf('text') } } : { mark: 'unknown' },
    },
  },
});
const IMAGE_PART: Shape = {
  mark: 'image',
  fields: { type: oneOf('image_url'), image_url: { fields: { url: { opaque: 'image' } } } },
};

/** Reads the body of `POST /v1/moderations`. @throws AncileError `request_invalid`. */
export function readModerationRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  if (!isText(body['input'])) throw invalid('input', 'a string or an array of strings or parts');
  return toPlainView(body, body, MODERATION_REQUEST, { maxOutputTokens: 0, defaultModel: MODERATION_MODEL });
}

/** Categories whose names are known; any other name is read as a text where it is more than a word. */
const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];
const byCategory = (shape: Shape): Shape => ({
  fields: Object.fromEntries(CATEGORIES.map((category) => [category, shape])),
});

const MODERATIONS: Shape = {
  place: OUTPUT,
  fields: {
    id: IDENTIFIER,
    model: IDENTIFIER,
    results: {
      items: {
        fields: {
          categories: byCategory({}),
          category_scores: byCategory({}),
          category_applied_input_types: byCategory({ items: oneOf('text', 'image') }),
        },
      },
    },
  },
};

/** Reads a whole answer of moderation, which reports no usage. @throws AncileError `upstream_malformed`. */
export function readModerations(value: unknown): ResponseView {
  return { ...readByShape(checkList(value, 'results'), MODERATIONS, OUTPUT), finishReasons: [] };
}
