// Gemini's embeddings: texts go in, one by one or many at once; numbers come out.
import { isObject } from '../../base/index.ts';
import { checkArray, checkObject, invalid, readCount, type Json } from '../checks.ts';
import { METADATA, OUTPUT, type Shape } from '../shape.ts';
import type { RequestAddress, RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { readModel, renameModel } from './request.ts';
import { malformed } from './response.ts';
import { BATCH_EMBED_REQUEST, EMBED_REQUEST } from './shape.ts';
import { checkSpellings, member } from './spelling.ts';

/** Texts in one request; Google's own limit is 100. */
const MAX_BATCH = 2048;

function readOne(body: Json, address: RequestAddress, at: string): string {
  const content = checkObject(body['content'], `${at}content`);
  const parts = content['parts'];
  if (parts === undefined) throw invalid(`${at}content.parts`, 'an array of parts');
  for (const part of Array.isArray(parts) ? (parts as unknown[]) : [parts]) checkObject(part, `${at}content.parts`);
  return readModel(body, address);
}

function readView(body: Json, shape: Shape, model: string): RequestView {
  return {
    ...readByShape(body, shape, METADATA, { refuseCaseVariants: true }),
    model,
    stream: false,
    n: 1,
    maxOutputTokens: 0,
    includeUsage: true,
    capabilities: [],
    systemPrompts: [],
    conversationKey: '',
  };
}

/** Reads the body of `:embedContent`. @throws AncileError `request_invalid` */
export function readEmbedRequest(value: unknown, address: RequestAddress = {}): RequestView {
  const body = checkObject(value, 'the request body');
  checkSpellings(body, EMBED_REQUEST, '');
  return readView(body, EMBED_REQUEST, readOne(body, address, ''));
}

/** Reads the body of `:batchEmbedContents`: every request in it names the address's model. */
export function readBatchEmbedRequest(value: unknown, address: RequestAddress = {}): RequestView {
  const body = checkObject(value, 'the request body');
  checkSpellings(body, BATCH_EMBED_REQUEST, '');
  const requests = checkArray(body['requests'], 'requests');
  const [first] = requests;
  if (first === undefined || requests.length > MAX_BATCH) throw invalid('requests', `an array of 1 to ${MAX_BATCH}`);
  const model = readModel(
    body,
    address.model === undefined ? { model: readModel(checkObject(first, 'requests[0]'), {}) } : address,
  );
  requests.forEach((each, i) => readOne(checkObject(each, `requests[${i}]`), { model }, `requests[${i}].`));
  return readView(body, BATCH_EMBED_REQUEST, model);
}

export function prepareEmbedRequest(value: unknown, model: string): void {
  renameModel(checkObject(value, 'the request body'), model);
}

export function prepareBatchEmbedRequest(value: unknown, model: string): void {
  const body = checkObject(value, 'the request body');
  renameModel(body, model);
  for (const each of checkArray(body['requests'], 'requests')) renameModel(checkObject(each, 'requests'), model);
}

const EMBEDDING: Shape = { fields: { values: { numbers: 'vector' } } };
const EMBED_RESPONSE: Shape = { place: OUTPUT, fields: { embedding: EMBEDDING, embeddings: { items: EMBEDDING } } };

/** Reads the answer of either method. @throws AncileError `upstream_malformed` */
export function readEmbedResponse(value: unknown): ResponseView {
  if (!isObject(value)) throw malformed('the body', 'an object');
  const { embedding, embeddings } = value;
  if (!isObject(embedding) && !Array.isArray(embeddings)) throw malformed('embeddings', 'there');
  const usage = member(value, 'usageMetadata');
  const inputTokens = isObject(usage) ? readCount(usage['promptTokenCount']) : undefined;
  return {
    ...readByShape(value, EMBED_RESPONSE, OUTPUT),
    finishReasons: [],
    ...(inputTokens !== undefined && { usage: { inputTokens, outputTokens: 0 } }),
  };
}
