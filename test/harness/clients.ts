// The official clients, pointed at a gateway under test. They do not retry: a test wants the first answer.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

interface Target {
  readonly address: string;
  readonly key: string;
}

export function openaiClient({ address, key }: Target, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${address}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
}

export function anthropicClient({ address, key }: Target, headers: Record<string, string> = {}): Anthropic {
  return new Anthropic({ baseURL: address, apiKey: key, maxRetries: 0, defaultHeaders: headers });
}

/** A request without a client between: for what a client would not send, and for the bytes that come back. */
export function post({ address, key }: Target, path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(address + path, {
    method: 'POST',
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
}

/** A chat request of one user message. */
export function ask(content: string, rest: object = {}): Record<string, unknown> {
  return { model: 'practice-echo', messages: [{ role: 'user', content }], ...rest };
}

/** What a promise rejects with. @throws Error when it does not */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    return thrown as Error & Record<string, unknown>;
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)?.slice(0, 200)}`);
}
