// The only door out: one connection pool an upstream, with timeouts, no redirects, and errors that name no address.
import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { AncileError, Gathered, type ErrorCode, systemCode } from '../base/index.ts';

export interface OutletOptions {
  /** Address that request paths are appended to; comes from the configuration alone. */
  readonly baseUrl: string;
  readonly connections: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  /** Longest silence within a body, milliseconds. */
  readonly idleTimeout: number;
  /** PEM of the authority that signed the certificate, where the system does not know it. */
  readonly ca?: string | undefined;
}

export interface OutletRequest {
  readonly method: 'GET' | 'POST';
  /** Appended to the base address: `/chat/completions`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A request of any method. */
export interface OutletCall extends Pick<OutletRequest, 'path' | 'headers'> {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** A stream is sent as it comes; its `content-length` is among the headers. */
  readonly body?: Buffer | string | Readable;
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
  /** Whether it has left on a connection: from then on the upstream may do its work, and bill it. */
  readonly sent: boolean;
  /** Stops reading until `resume`, so that the upstream feels a slow client. */
  pause(): void;
  resume(): void;
  /** Ends it; the sink hears nothing more. */
  abort(): void;
  /**
   * Nothing more of it is wanted; the sink hears nothing more. What little is left is read away, so that the connection
   * serves the next request; what goes on is ended.
   */
  release(): void;
}

export interface Outlet {
  send(request: OutletCall, sink: AnswerSink): Flight;
  /** The whole answer; one larger than `maxBytes` is an `upstream_malformed`. */
  collect(request: OutletCall, maxBytes: number): Promise<{ status: number; headers: AnswerHeaders; body: Buffer }>;
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
  UND_ERR_DESTROYED: 'upstream_unreachable',
  UND_ERR_CLOSED: 'upstream_unreachable',
};

/** What is read away of an answer that nobody wants, and for how long, before its connection is ended. */
const LEFT_BYTES = 64 * 1024;
const LEFT_MS = 1000;

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  upstream_timeout: 'the upstream did not answer in time',
  upstream_unreachable: 'the upstream cannot be reached',
  upstream_reset: 'the upstream broke the connection off',
};

/**
 * A fault of the connection, told without address, host or key; the cause is kept for the operator's log. Where no
 * connection came about (TLS that fails, a name that does not resolve) there was nobody to answer anything.
 */
function toUpstreamError(thrown: unknown, sent: boolean): AncileError {
  if (thrown instanceof AncileError) return thrown;
  // A request that cannot be put on the wire is our own fault, whoever gave its parts.
  if (systemCode(thrown) === 'UND_ERR_INVALID_ARG') {
    return new AncileError('internal', 'the request to the upstream cannot be sent', { cause: thrown });
  }
  let code = CODES[systemCode(thrown) ?? ''] ?? 'upstream_malformed';
  if (!sent && code !== 'upstream_timeout') code = 'upstream_unreachable';
  return new AncileError(code, MESSAGES[code] ?? 'the upstream answered with something that is not HTTP', {
    cause: thrown,
  });
}

export function createOutlet(options: OutletOptions): Outlet {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections,
    connect: { timeout: options.connectTimeout, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.idleTimeout,
  });

  function send(request: OutletCall, sink: AnswerSink): Flight {
    let controller: Dispatcher.DispatchController | undefined;
    let finished = false;
    /** Nobody listens any more. */
    let deaf = false;
    let left = LEFT_BYTES;
    let patience: NodeJS.Timeout | undefined;

    function end(): void {
      clearTimeout(patience);
      finished = true;
    }

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
          if (deaf) started.abort(new Error('aborted'));
        },
        onResponseStart(_controller, status, headers) {
          // 1xx answers announce; the answer proper follows.
          if (!deaf && status >= 200) sink.head(status, headers);
        },
        onResponseData(_controller, chunk) {
          if (!deaf) sink.data(chunk);
          else if (!finished && (left -= chunk.length) < 0) controller?.abort(new Error('too much was left'));
        },
        onResponseEnd() {
          if (finished) return;
          end();
          if (!deaf) sink.end();
        },
        onResponseError(_controller, error) {
          if (finished) return;
          end();
          if (!deaf) sink.fail(toUpstreamError(error, controller !== undefined));
        },
      },
    );
    return {
      get sent() {
        return controller !== undefined;
      },
      pause: () => controller?.pause(),
      resume: () => controller?.resume(),
      abort() {
        if (finished) return;
        deaf = true;
        end();
        controller?.abort(new Error('aborted'));
      },
      release() {
        if (finished || deaf) return;
        deaf = true;
        controller?.resume();
        patience = setTimeout(() => controller?.abort(new Error('too long was left')), LEFT_MS).unref();
      },
    };
  }

  return {
    send,
    collect(request, maxBytes) {
      return new Promise((resolve, reject) => {
        const chunks = new Gathered();
        let status = 0;
        let headers: AnswerHeaders = {};
        const flight = send(request, {
          head(code, fields) {
            status = code;
            headers = fields;
          },
          data(chunk) {
            if (chunks.size + chunk.length > maxBytes) {
              flight.abort();
              reject(new AncileError('upstream_malformed', `the upstream's answer is larger than ${maxBytes} bytes`));
              return;
            }
            chunks.add(chunk);
          },
          end() {
            const { buffer, byteOffset, byteLength } = chunks.take();
            resolve({ status, headers, body: Buffer.from(buffer, byteOffset, byteLength) });
          },
          fail: reject,
        });
      });
    },
    close: () => pool.destroy(),
  };
}
