// The admin interface as typed functions over the browser's fetch; the session is in a cookie that no script reads.
import { type ApiClient, type ApiRequest, type ApiResponse, Session, createApiClient } from '../contract.ts';
import { Failure } from './failure.ts';

/** Sent back with everything that changes something; learnt from each answer that is a session. */
let csrf = '';

async function readBody(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

async function send({ method, path, query, body }: ApiRequest): Promise<ApiResponse> {
  let answer: Response;
  try {
    answer = await fetch(query === '' ? path : `${path}?${query}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'x-ancile-csrf': csrf }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Failure('unreachable', 'the server does not answer', undefined, 'Is it running, and are you online?');
  }
  const parsed = await readBody(answer);
  const session = answer.ok ? Session.safeParse(parsed) : undefined;
  if (session?.success === true) csrf = session.data.csrf;
  return { status: answer.status, body: parsed };
}

/** Every operation of the interface. Each throws what `toFailure` reads. */
export const api: ApiClient = createApiClient(send);
