// The only door out: one connection pool an upstream, with timeouts, no redirects, and errors that name no address.
import { type Dispatcher, Pool } from 'undici';
import { AncileError, type ErrorCode, systemCode } from '../base/index.ts';

export interface OutletOptions {
  /** Address that request paths are appended to; comes from the configuration alone. */
  readonly baseUrl: string;
  readonly connections: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  /** Longest silence within a body, milliseconds. */
  readonly idleTimeout: number;
}

export interface OutletRequest {
  readonly method: 'GET' | 'POST';
  /** Appended to the base address: `/chat/completions`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Header names in lower case; a repeated header is an array. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Receives an answer as it comes: `head` once, `data` any number of times, then `end` or `fail` once. */
export interface AnswerSink {
  head(status: number, headers: AnswerHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: AncileError): void;
}

/** A request under way. */
export interface Flight {
  /** Stops reading until `resume`, so that the upstream feels a slow client. */
  pause(): void;
  resume(): void;
  /** Ends it; the sink hears nothing more. */
  abort(): void;
}

export interface Outlet {
  send(request: OutletRequest, sink: AnswerSink): Flight;
  /** The whole answer; one larger than `maxBytes` is an `upstream_malformed`. */
  collect(request: OutletRequest, maxBytes: number): Promise<{ status: number; headers: AnswerHeaders; body: Buffer }>;
  close(): Promise<void>;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  ETIMEDOUT: 'upstream_timeout',
  ECONNREFUSED: 'upstream_unreachable',
  ENOTFOUND: 'upstream_unreachable',
  EAI_AGAIN: 'upstream_unreachable',
  EHOSTUNREACH: 'upstream_unreachable',
  ENETUNREACH: 'upstream_unreachable',
  ECONNRESET: 'upstream_reset',
  EPIPE: 'upstream_reset',
  UND_ERR_SOCKET: 'upstream_reset',
};

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  upstream_timeout: 'the upstream did not answer in time',
  upstream_unreachable: 'the upstream cannot be reached',
  upstream_reset: 'the upstream broke the connection off',
};

/** A fault of the connection, told without address, host or key; the cause is kept for the operator's log. */
function toUpstreamError(thrown: unknown): AncileError {
  if (thrown instanceof AncileError) return thrown;
  const code = CODES[systemCode(thrown) ?? ''] ?? 'upstream_malformed';
  return new AncileError(code, MESSAGES[code] ?? 'the upstream answered with something that is not HTTP', {
    cause: thrown,
  });
}

export function createOutlet(options: OutletOptions): Outlet {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections,
    connect: { timeout: options.connectTimeout },
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.idleTimeout,
  });

  function send(request: OutletRequest, sink: AnswerSink): Flight {
    let controller: Dispatcher.DispatchController | undefined;
    let finished = false;
    let aborted = false;
    pool.dispatch(
      {
        path: prefix + request.path,
        method: request.method,
        headers: request.headers as Record<string, string>,
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (aborted) started.abort(new Error('aborted'));
        },
        onResponseStart(_controller, status, headers) {
          // 1xx answers announce; the answer proper follows.
          if (!aborted && status >= 200) sink.head(status, headers);
        },
        onResponseData(_controller, chunk) {
          if (!aborted) sink.data(chunk);
        },
        onResponseEnd() {
          if (finished || aborted) return;
          finished = true;
          sink.end();
        },
        onResponseError(_controller, error) {
          if (finished || aborted) return;
          finished = true;
          sink.fail(toUpstreamError(error));
        },
      },
    );
    return {
      pause: () => controller?.pause(),
      resume: () => controller?.resume(),
      abort() {
        if (aborted || finished) return;
        aborted = true;
        controller?.abort(new Error('aborted'));
      },
    };
  }

  return {
    send,
    collect(request, maxBytes) {
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        let status = 0;
        let headers: AnswerHeaders = {};
        const flight = send(request, {
          head(code, fields) {
            status = code;
            headers = fields;
          },
          data(chunk) {
            size += chunk.length;
            if (size > maxBytes) {
              flight.abort();
              reject(new AncileError('upstream_malformed', `the upstream's answer is larger than ${maxBytes} bytes`));
              return;
            }
            chunks.push(chunk);
          },
          end: () => resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }),
          fail: reject,
        });
      });
    },
    close: () => pool.destroy(),
  };
}
