// Forms as the official client writes them, for the tests of reading them.
import OpenAI from 'openai';

/** What a client sends: body and content type. */
export interface SentForm {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** The form that a call of the official client makes. Nothing leaves: the client's own door is taken. */
export async function sentBy(call: (client: OpenAI) => PromiseLike<unknown>): Promise<SentForm> {
  let sent: SentForm | undefined;
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: 'http://127.0.0.1:9/v1',
    maxRetries: 0,
    fetch: async (_url, init) => {
      const request = new Request('http://127.0.0.1:9/', { ...init, method: 'POST' } as RequestInit);
      const bytes = Buffer.from(await request.arrayBuffer());
      sent = { bytes, contentType: request.headers.get('content-type') ?? '' };
      return new Response('{}', { headers: { 'content-type': 'application/json' } });
    },
  });
  await call(client);
  if (sent === undefined) throw new Error('the client sent nothing');
  return sent;
}
