// One receiver over HTTP: what it is sent, and what its status means for what was sent.
import { createOutlet } from '../net/index.ts';
import { oneLine } from './formats/escape.ts';
import type { Fate } from './sink.ts';

const ANSWER_BYTES = 4 * 1024 * 1024;
/** A receiver that wants to be left alone longer than this is asked again all the same, milliseconds. */
const AFTER_MOST = 300_000;

export interface HttpDoorOptions {
  /** From the configuration; its path is where requests go. */
  readonly url: string;
  readonly ca?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** At once. */
  readonly connections?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  /** Undefined for a status of 2xx. */
  readonly fate: Exclude<Fate, { state: 'accepted' }> | undefined;
  readonly body: Buffer;
}

export interface HttpDoor {
  readonly target: string;
  /** @throws AncileError `upstream_unreachable`, `upstream_timeout`, `upstream_reset`, `upstream_malformed` */
  post(request: {
    /** Added to the path of the address. */
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Milliseconds of a Retry-After that counts seconds. */
function readAfter(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,6}$/.test(text) ? Math.min(Number(text) * 1000, AFTER_MOST) : undefined;
}

/**
 * What a status says of what was sent. 400, 413, 415 and 422 are of the contents: something in it is never taken. All other
 * refusals are of the address, the credentials or the moment, and would meet any event: those are sent again.
 */
function fateOf(status: number, after: number | undefined): HttpAnswer['fate'] {
  if (status >= 200 && status < 300) return undefined;
  const reason = `status ${status}`;
  if (status === 400 || status === 413 || status === 415 || status === 422) return { state: 'unclear', reason };
  return { state: status >= 500 ? 'busy' : 'again', reason, ...(after === undefined ? {} : { after }) };
}

export function createHttpDoor({ url, ca, timeout, connections = 1, headers }: HttpDoorOptions): HttpDoor {
  const { origin, host, pathname, search } = new URL(url);
  const base = pathname.replace(/\/+$/, '');
  const outlet = createOutlet({
    baseUrl: origin,
    connections,
    connectTimeout: timeout,
    headersTimeout: timeout,
    idleTimeout: timeout,
    ca,
  });
  return {
    target: host,
    async post({ path = '', headers: more, body }) {
      const answer = await outlet.collect(
        {
          method: 'POST',
          path: (base + path || '/') + (path.includes('?') ? search.replace('?', '&') : search),
          headers: { 'content-type': 'application/json', 'user-agent': 'ancile', ...headers, ...more },
          body,
        },
        ANSWER_BYTES,
      );
      const { status } = answer;
      return { status, body: answer.body, fate: fateOf(status, readAfter(answer.headers['retry-after'])) };
    },
    close: () => outlet.close(),
  };
}

/** A few words of what a receiver said, on one line and without what must not be repeated. */
export function said(text: unknown, secrets: readonly (string | undefined)[] = []): string {
  let words = typeof text === 'string' ? text : '';
  for (const secret of secrets) if (secret !== undefined && secret !== '') words = words.replaceAll(secret, '***');
  return oneLine(words).slice(0, 200);
}
