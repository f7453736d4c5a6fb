// The kinds that differ in paths and headers only, as data.
import type { Dialect, LlmSurface } from '../../../codec/index.ts';
import type { Kind, KindOptions, ModelList, UpstreamOf } from './kind.ts';
import { SURFACES } from './surfaces.ts';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, wordRequest } from './word.ts';

/** Sent where the caller names no version of his own. */
const ANTHROPIC_VERSION = '2023-06-01';

type PlainName = 'openai' | 'vllm' | 'ollama' | 'openrouter' | 'anthropic' | 'gemini';

interface PlainKind {
  readonly dialect: Dialect;
  /** How the key is sent: never in the address. */
  readonly credentials: (key: string) => Readonly<Record<string, string>>;
  readonly passes: readonly string[];
  /** Sent unless the caller sends his own. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly list: Omit<ModelList, 'headers'>;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A member of each element of a list in a body: `{"data": [{"id": "..."}]}`. */
function readNames(body: unknown, list: string, name: string): string[] {
  const elements = isRecord(body) ? body[list] : undefined;
  if (!Array.isArray(elements)) return [];
  return (elements as unknown[]).flatMap((each) => {
    const value = isRecord(each) ? each[name] : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}

const OPENAI_LIKE: PlainKind = {
  dialect: 'openai',
  credentials: (key) => ({ authorization: `Bearer ${key}` }),
  passes: OPENAI_HEADERS,
  defaults: {},
  list: { path: '/models', read: (body) => readNames(body, 'data', 'id') },
};

const KINDS: Readonly<Record<PlainName, PlainKind>> = {
  openai: OPENAI_LIKE,
  vllm: OPENAI_LIKE,
  ollama: OPENAI_LIKE,
  openrouter: OPENAI_LIKE,
  anthropic: {
    dialect: 'anthropic',
    credentials: (key) => ({ 'x-api-key': key }),
    passes: ANTHROPIC_HEADERS,
    defaults: { 'anthropic-version': ANTHROPIC_VERSION },
    list: { path: '/models?limit=1000', read: (body) => readNames(body, 'data', 'id') },
  },
  gemini: {
    dialect: 'gemini',
    credentials: (key) => ({ 'x-goog-api-key': key }),
    passes: [],
    defaults: {},
    list: {
      path: '/models?pageSize=1000',
      read: (body) => readNames(body, 'models', 'name').map((name) => name.replace(/^models\//, '')),
    },
  },
};

export function openPlain({ upstream, secrets }: KindOptions<UpstreamOf<PlainName>>): Kind {
  const { dialect, passes, defaults, list, ...kind } = KINDS[upstream.kind];
  const { apiKey } = secrets;
  const credentials = apiKey === undefined ? {} : kind.credentials(apiKey);
  return {
    dialects: [dialect],
    surfaces: SURFACES[upstream.kind],
    baseUrl: upstream.baseUrl,
    keys: apiKey === undefined ? [] : [apiKey],
    confidential: [],
    prepare(ask) {
      const { surface, body, model, stream, headers } = ask;
      surface.prepareUpstream(body, model);
      const path = surface.upstreamPath(model, stream);
      return wordRequest({ ...ask, headers: { ...defaults, ...headers } }, { path, headers: credentials, passes });
    },
    list: { ...list, headers: { ...defaults, ...credentials } },
  };
}

/** Where the practice model keeps each dialect. */
const PRACTICE_PATHS: Readonly<Record<Dialect, string>> = { openai: '/v1', anthropic: '/v1', gemini: '/v1beta' };

const practicePath = (surface: LlmSurface, model: string, stream: boolean): string =>
  PRACTICE_PATHS[surface.dialect] + surface.upstreamPath(model, stream);

/** The practice model speaks every dialect and asks for no key. @param url - its address up to `/v1` */
export function openPractice(url: string): Kind {
  const defaults = { 'anthropic-version': ANTHROPIC_VERSION };
  return {
    dialects: ['openai', 'anthropic', 'gemini'],
    surfaces: SURFACES.practice,
    baseUrl: new URL(url).origin,
    keys: [],
    confidential: [],
    prepare(ask) {
      const { surface, body, model, stream } = ask;
      surface.prepareUpstream(body, model);
      const passes = [...OPENAI_HEADERS, ...ANTHROPIC_HEADERS];
      const headers = { ...(surface.dialect === 'anthropic' ? defaults : {}), ...ask.headers };
      return wordRequest({ ...ask, headers }, { path: practicePath(surface, model, stream), headers: {}, passes });
    },
    list: { path: '/v1/models', headers: {}, read: KINDS.openai.list.read },
  };
}
