// A tool server over Streamable HTTP: each message is a POST, whose answer is a message or a stream of them; one further
// stream brings what the server says by itself.
import { AncileError, isObject } from '../../../base/index.ts';
import { createSseParser, parseJson } from '../../../codec/index.ts';
import type { AnswerHeaders, Flight, Outlet } from '../../../net/index.ts';
import { type RpcMessage, readMessage } from '../json-rpc.ts';
import type { Link, LinkEvents } from './link.ts';
import { DEPTH_MOST } from './lines.ts';

export interface HttpOptions {
  readonly outlet: Outlet;
  /** Below the outlet's address: empty, or `/` where it ends in one. */
  readonly path: string;
  /** What the operator configured: credentials of ours, nothing of a caller's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest message read. */
  readonly maxBytes: number;
}

const SESSION_ID = /^[\x21-\x7e]{1,512}$/;
/** Before the stream of what the server says by itself is opened anew. */
const REOPEN_MS = [1000, 5000, 30_000];

const statusError = (status: number): AncileError =>
  status === 401 || status === 403
    ? new AncileError('upstream_refused', `the tool server refuses our credentials (status ${status})`)
    : new AncileError('upstream_malformed', `the tool server answered with status ${status}`);

export function openHttpLink({ outlet, path, headers, maxBytes }: HttpOptions, events: LinkEvents): Link {
  let session: string | undefined;
  let revision: string | undefined;
  let over = false;
  const flights = new Set<Flight>();
  let reopening: NodeJS.Timeout | undefined;
  let reopened = 0;

  function end(error: AncileError): void {
    if (over) return;
    over = true;
    clearTimeout(reopening);
    for (const flight of flights) flight.abort();
    events.closed(error);
  }

  const fields = (more: Record<string, string>): Record<string, string> => ({
    ...headers,
    ...more,
    ...(session === undefined ? {} : { 'mcp-session-id': session }),
    ...(revision === undefined ? {} : { 'mcp-protocol-version': revision }),
  });

  const parse = (text: string | Buffer): unknown =>
    parseJson(text, { maxBytes, maxDepth: DEPTH_MOST, what: "the tool server's message", code: 'upstream_malformed' });

  function take(value: unknown): void {
    // The revision of March 2025 has batches.
    for (const each of Array.isArray(value) ? value.slice(0, 100) : [value]) {
      let message: RpcMessage;
      try {
        message = readMessage(each);
      } catch (thrown) {
        throw new AncileError('upstream_malformed', (thrown as Error).message, { cause: thrown });
      }
      if (!over) events.message(message);
    }
  }

  /** Reads one answer: a message, a stream of them, or none. `done` hears how it ended. */
  function exchange(
    request: { method: 'GET' | 'POST'; body?: string; headers: Record<string, string> },
    done: (error: AncileError | undefined, status: number) => void,
  ): () => void {
    let status = 0;
    let isStream = false;
    let size = 0;
    const chunks: Buffer[] = [];
    const parser = createSseParser({ maxLine: maxBytes, maxEvent: maxBytes });
    let settled = false;
    const settle = (error?: AncileError): void => {
      if (settled) return;
      settled = true;
      flights.delete(flight);
      done(error, status);
    };
    const guarded = (step: () => void): void => {
      try {
        step();
      } catch (thrown) {
        flight.abort();
        settle(thrown instanceof AncileError ? thrown : new AncileError('internal', 'a fault', { cause: thrown }));
      }
    };
    const flight = outlet.send(
      { path, ...request },
      {
        head(code: number, answer: AnswerHeaders) {
          status = code;
          const type = String(answer['content-type'] ?? '');
          isStream = /^text\/event-stream\b/i.test(type);
          const given = answer['mcp-session-id'];
          if (typeof given === 'string' && session === undefined && SESSION_ID.test(given)) session = given;
        },
        data: (chunk) =>
          guarded(() => {
            if (status >= 300) return;
            if (isStream) {
              for (const { event, data } of parser.push(chunk)) {
                if ((event === undefined || event === 'message') && data !== '') take(parse(data));
              }
              return;
            }
            size += chunk.length;
            if (size > maxBytes) {
              throw new AncileError('upstream_malformed', `the tool server's message is larger than ${maxBytes} bytes`);
            }
            chunks.push(chunk);
          }),
        end: () =>
          guarded(() => {
            if (status >= 300) settle(statusError(status));
            else {
              if (!isStream && size > 0) take(parse(Buffer.concat(chunks)));
              settle();
            }
          }),
        fail: settle,
      },
    );
    if (!settled) flights.add(flight);
    return () => {
      settled = true;
      flights.delete(flight);
      flight.release();
    };
  }

  /** Opens the stream of what the server says by itself; one that offers none is left alone. */
  function listen(): void {
    if (over) return;
    exchange({ method: 'GET', headers: fields({ accept: 'text/event-stream' }) }, (_error, status) => {
      if (over || (status >= 400 && status < 500)) return;
      const wait = REOPEN_MS[Math.min(reopened++, REOPEN_MS.length - 1)]!;
      reopening = setTimeout(listen, wait).unref();
    });
  }

  return {
    send(message, fail) {
      if (over) {
        fail(new AncileError('upstream_reset', 'the session with the tool server has ended'));
        return () => undefined;
      }
      const request = {
        method: 'POST' as const,
        headers: fields({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' }),
        body: JSON.stringify(message),
      };
      const known = session;
      return exchange(request, (error, status) => {
        // The server has forgotten the session: so must we.
        if (status === 404 && known !== undefined) end(new AncileError('upstream_reset', 'the tool server ended it'));
        if (error !== undefined) fail(error);
        // A stream may end before the answer came in it; nothing brings it then.
        else if (isObject(message) && 'id' in message && 'method' in message) {
          fail(new AncileError('upstream_malformed', 'the tool server gave no answer'));
        }
      });
    },
    begin(agreed) {
      revision = agreed;
      listen();
    },
    async close() {
      if (over) return;
      over = true;
      clearTimeout(reopening);
      for (const flight of flights) flight.abort();
      if (session === undefined) return;
      await outlet.collect({ method: 'DELETE', path, headers: fields({}) }, 10_000).catch(() => undefined);
    },
  };
}
