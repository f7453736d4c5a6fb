// The typed client of the admin interface, over whatever carries a request: the console's fetch, a socket, a test.
import type { z } from 'zod';
import { AncileError, ERROR_TABLE, type ErrorCode } from '../../base/index.ts';
import { type Endpoint, FailureBody } from './endpoint.ts';
import { API, API_BASE, type ApiClient, type ApiName } from './table.ts';

/** A request, ready to be carried. */
export interface ApiRequest {
  readonly method: Endpoint['method'];
  /** From `/api/v1` on, its names filled in. */
  readonly path: string;
  /** Without the question mark; empty where there is none. */
  readonly query: string;
  /** What goes as JSON; undefined: no body. */
  readonly body: unknown;
}

export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON; undefined where there was none. */
  readonly body: unknown;
}

export type SendApi = (request: ApiRequest) => Promise<ApiResponse>;

/** What a failed request answers with, as the error it was. Its `status` is the code's, which is the answer's too. */
export function toApiError(body: unknown): AncileError {
  const parsed = FailureBody.safeParse(body);
  if (!parsed.success) {
    return new AncileError('internal', 'the server answered in a form that this version does not know', {
      hint: 'Server and client should be of one version.',
    });
  }
  const { code, message, at, hint } = parsed.data.error;
  return new AncileError(Object.hasOwn(ERROR_TABLE, code) ? (code as ErrorCode) : 'internal', message, {
    ...(at === undefined ? {} : { at }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A value as one part of a path: never one that a client or server would take for a way up or for no part at all. */
function toPathPart(name: string, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (text === '' || text === '.' || text === '..') {
    throw new AncileError('request_invalid', 'expected an id', { at: name });
  }
  return encodeURIComponent(text);
}

/** An operation's input as a request: what the path names, then the query of a GET or the body of all else. */
export function toApiRequest({ method, path }: Endpoint, input: Readonly<Record<string, unknown>>): ApiRequest {
  const rest = { ...input };
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const part = toPathPart(name, rest[name]);
    delete rest[name];
    return part;
  });
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const inQuery = method === 'GET';
  return {
    method,
    path: API_BASE + filled,
    query: inQuery
      ? new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
      : '',
    body: inQuery || given.length === 0 ? undefined : Object.fromEntries(given),
  };
}

/**
 * Every operation as a function. Each throws the `AncileError` that the server answered with; an answer that is not of
 * the contract is `internal`. Members that this version does not know are left out of an answer.
 */
export function createApiClient(send: SendApi): ApiClient {
  const call =
    (endpoint: Endpoint) =>
    async (input: Readonly<Record<string, unknown>> = {}): Promise<unknown> => {
      const { status, body } = await send(toApiRequest(endpoint, input));
      if (status !== 200) throw toApiError(body);
      const parsed = (endpoint.answer as z.ZodType).safeParse(body);
      if (!parsed.success) throw toApiError(undefined);
      return parsed.data;
    };
  const names = Object.keys(API) as ApiName[];
  return Object.fromEntries(names.map((name) => [name, call(API[name])])) as unknown as ApiClient;
}
