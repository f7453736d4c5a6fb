// A Gemini request, checked where we rely on it and read everywhere. The model and the method are in its address.
import { isObject } from '../../base/index.ts';
import type { Capability } from '../../contract/index.ts';
import { checkCount, checkName, checkObject, invalid, type Json } from '../checks.ts';
import { toConversationKey } from '../openai/chat-request.ts';
import { METADATA, type Shape } from '../shape.ts';
import type { RequestAddress, RequestView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { readResponseSchema } from './schema.ts';
import { COUNT_REQUEST, REQUEST } from './shape.ts';
import { checkSpellings, member, memberName } from './spelling.ts';

/** Candidates in one answer; Google's own limit is 8. */
export const MAX_CANDIDATES = 128;
const MAX_TOKENS = 100_000_000;

/** Tools whose calls come back to the caller; every other runs at the provider, or is not known here. */
const LOCAL_TOOLS = ['functionDeclarations', 'computerUse'];
/** Fields by which a request leans on what the provider keeps, or has it keep something. */
export const STATE_FIELDS = ['cachedContent', 'continuationToken', 'generationOutputConfig', 'store'];
/** Fields by which the provider chooses another model than the route's. */
export const ROUTING_FIELDS = ['routingConfig', 'modelSelectionConfig'];

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : given(value) ? [value] : []);
/** What is written before the name comes off as often as it stands there: one name is one model, for routes and scopes. */
export const withoutPrefix = (model: string): string => model.replace(/^(?:models\/)+/, '');

/**
 * The model that the address names. A body may name it too, and then the same one.
 * @throws AncileError `request_invalid`
 */
export function readModel(body: Json, address: RequestAddress): string {
  const named = body['model'];
  if (named !== undefined && named !== null) {
    const own = withoutPrefix(checkName(named, 'model'));
    if (own !== withoutPrefix(address.model ?? own)) throw invalid('model', 'the one that the address names');
  }
  return withoutPrefix(checkName(address.model ?? named, 'model'));
}

function checkContents(value: unknown, at: string): void {
  const contents = list(value);
  if (contents.length === 0) throw invalid(at, 'an array of at least one content');
  contents.forEach((each, i) => {
    const content = checkObject(each, `${at}[${i}]`);
    list(content['parts']).forEach((part, k) => checkObject(part, `${at}[${i}].parts[${k}]`));
  });
}

function readCapabilities(body: Json, config: Json): Capability[] {
  const found = new Set<Capability>();
  list(body['tools']).forEach((value, i) => {
    const tool = checkObject(value, `tools[${i}]`);
    const local = new Set(LOCAL_TOOLS.map((name) => memberName(tool, name)));
    const servers = memberName(tool, 'mcpServers');
    for (const [name, value] of Object.entries(tool)) {
      if (!given(value) || local.has(name)) continue;
      found.add(name === servers ? 'caller_tool_server' : 'hosted_tool');
    }
  });
  if (ROUTING_FIELDS.some((name) => given(member(config, name)))) found.add('hosted_tool');
  if (STATE_FIELDS.some((name) => given(member(body, name)))) found.add('stored_state');
  return [...found];
}

function readView(body: Json, shape: Shape, main: Json, model: string, stream: boolean): RequestView {
  checkContents(main['contents'], 'contents');
  const given = member(main, 'generationConfig');
  const config = given === undefined || given === null ? {} : checkObject(given, 'generationConfig');
  const n = checkCount(member(config, 'candidateCount'), 'generationConfig.candidateCount', MAX_CANDIDATES) ?? 1;
  const maxOutputTokens = checkCount(member(config, 'maxOutputTokens'), 'generationConfig.maxOutputTokens', MAX_TOKENS);
  const capabilities = readCapabilities(main, config);
  const responseSchema = readResponseSchema(config);
  const { segments, uninspected } = readByShape(body, shape, METADATA, { refuseCaseVariants: true });
  return {
    model,
    stream,
    n,
    includeUsage: true,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(responseSchema !== undefined && { responseSchema }),
    capabilities,
    systemPrompts: segments.filter(({ channel }) => channel === 'system').map(({ text }) => text),
    conversationKey: toConversationKey(segments),
    segments,
    uninspected,
  };
}

/**
 * Reads the body of `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`. Unknown fields pass,
 * and their strings are segments of the channel around them (`metadata` at the top).
 * @throws AncileError `request_invalid`; so for a stream that is not asked for as Server-Sent Events
 */
export function readGenerateRequest(value: unknown, address: RequestAddress = {}): RequestView {
  const body = checkObject(value, 'the request body');
  checkSpellings(body, REQUEST, '');
  const stream = address.method === 'streamGenerateContent';
  // The other form is one JSON array, which is complete only when it is over.
  if (stream && address.alt !== 'sse') throw invalid('alt', '"sse" (append ?alt=sse to the address)');
  return readView(body, REQUEST, body, readModel(body, address), stream);
}

/**
 * Reads the body of `:countTokens`: contents alone, or a whole request to generate.
 * @throws AncileError `request_invalid`
 */
export function readCountRequest(value: unknown, address: RequestAddress = {}): RequestView {
  const body = checkObject(value, 'the request body');
  checkSpellings(body, COUNT_REQUEST, '');
  const inner = member(body, 'generateContentRequest');
  const model = readModel(body, address);
  if (inner === undefined || inner === null) {
    return { ...readView(body, COUNT_REQUEST, body, model, false), n: 1, maxOutputTokens: 0 };
  }
  const main = checkObject(inner, 'generateContentRequest');
  if (given(body['contents'])) throw invalid('contents', 'absent where generateContentRequest is given');
  readModel(main, { model });
  return { ...readView(body, COUNT_REQUEST, main, model, false), n: 1, maxOutputTokens: 0 };
}

/** Puts the upstream's model name where a body names one, as the address will. Changes `body`. */
export function renameModel(body: Json, model: string): void {
  if (given(body['model'])) body['model'] = `models/${withoutPrefix(model)}`;
}

/** A copy of the message without this field of an inner message. */
function without(message: Json, outer: string, name: string): Json {
  const key = memberName(message, outer);
  const inner = message[key];
  if (!isObject(inner)) return message;
  const { [memberName(inner, name)]: _, ...rest } = inner;
  return { ...message, [key]: rest };
}

/** Changes `body`: the upstream's model, and arguments of function calls whole, as they are judged whole. */
export function prepareGenerateRequest(value: unknown, model: string): void {
  const body = checkObject(value, 'the request body');
  renameModel(body, model);
  const key = memberName(body, 'toolConfig');
  if (isObject(body[key])) body[key] = without(body[key], 'functionCallingConfig', 'streamFunctionCallArguments');
}

export function prepareCountRequest(value: unknown, model: string): void {
  const body = checkObject(value, 'the request body');
  renameModel(body, model);
  const inner = member(body, 'generateContentRequest');
  if (isObject(inner)) renameModel(inner, model);
}
