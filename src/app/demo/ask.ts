// The demo as a client: requests over HTTP to the gateway, like anyone's.
import { parseJson } from '../../codec/index.ts';
import { createOutlet } from '../../net/index.ts';

export interface DemoAnswer {
  readonly status: number;
  /** The gateway's id of the exchange. */
  readonly exchange: string | undefined;
  /** Words of the answer: of a whole one, of a stream's pieces in order, or of the error. */
  readonly text: string;
  /** The pieces as they came. */
  readonly pieces: readonly string[];
}

export interface DemoClient {
  chat(key: string, body: Readonly<Record<string, unknown>>): Promise<DemoAnswer>;
  close(): Promise<void>;
}

const MAX_BYTES = 4_000_000;
const TIMEOUT = 60_000;

interface ChatShape {
  readonly choices?: readonly { readonly message?: { content?: unknown }; readonly delta?: { content?: unknown } }[];
  readonly error?: { readonly message?: unknown };
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '');

function readPiece(text: string): string {
  const { choices = [], error } = parseJson(text, { what: 'the answer' }) as ChatShape;
  if (error !== undefined) return words(error.message);
  return choices.map(({ message, delta }) => words(message?.content) + words(delta?.content)).join('');
}

export function createDemoClient(address: string): DemoClient {
  const outlet = createOutlet({
    baseUrl: address,
    connections: 4,
    connectTimeout: TIMEOUT,
    headersTimeout: TIMEOUT,
    idleTimeout: TIMEOUT,
  });
  return {
    async chat(key, body) {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const request = { method: 'POST', path: '/v1/chat/completions', headers, body: JSON.stringify(body) } as const;
      const answer = await outlet.collect(request, MAX_BYTES);
      const text = answer.body.toString('utf8');
      const stream = String(answer.headers['content-type']).startsWith('text/event-stream');
      const events = stream ? [...text.matchAll(/^data: (\{.*\})$/gm)].map((match) => match[1]!) : [text];
      const pieces = events.map(readPiece).filter((piece) => piece !== '');
      const exchange = answer.headers['x-ancile-exchange'];
      return {
        status: answer.status,
        exchange: typeof exchange === 'string' ? exchange : undefined,
        text: pieces.join(''),
        pieces,
      };
    },
    close: () => outlet.close(),
  };
}
