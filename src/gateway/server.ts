// The gateway's front: listens, bounds what a slow or broken client can cost, and sends each path to its handler.
import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  createServer as createHttp,
} from 'node:http';
import { type ServerOptions, createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AncileError, systemCode } from '../base/index.ts';
import type { Config } from '../contract/index.ts';
import { checkExposure } from './exposure.ts';
import { boundBodies } from './long-body.ts';
import type { RegistryHandler } from './artifacts/index.ts';
import { type LlmParts, retryHeaders } from './llm/index.ts';
import { ADDRESSES, dialectOf, findEndpoint } from './router.ts';
import { turns } from './turns.ts';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Whether requests can be served, and what of it cannot. */
export interface Readiness {
  readonly ok: boolean;
  /** By part: `ok`, or what is wrong, in a few words. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface GatewayOptions {
  readonly server: Config['server'];
  /** Asked for each request, which keeps what it gets to its end: so they can be exchanged while the server runs. */
  readonly llm: () => LlmParts;
  readonly tls: TlsFiles | undefined;
  /** For `/readyz`, beside whether an upstream can be reached. */
  readonly ready?: () => Readiness;
  /** Answers `/`, `/console/` and what is below, and `/api/`. */
  readonly control?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers what belongs to a front of the registry. */
  readonly registry?: RegistryHandler;
  /** Answers what belongs to tool servers. */
  readonly tools?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface Gateway {
  /** Where it listens: `http://127.0.0.1:8700`. */
  readonly address: string;
  /** Takes no new requests, lets those under way end for at most `ms`, then cuts them. */
  close(ms: number): Promise<void>;
}

/**
 * Connections that wait to be accepted. Where the queue overflows, the system drops the client's first packet, and the client
 * tries again only after 1, 3, 7 and 15 seconds: those few would be the slowest of all that is served under load.
 */
const BACKLOG = 4096;
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * For how long an idle connection is kept, milliseconds: longer than clients and the usual proxies keep theirs (a minute),
 * so that it is not closed under a request that is on its way.
 */
const KEEP_ALIVE_MS = 75_000;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const CONTROL_PATH = /^\/($|api\/|console($|\/))/;

function refuse(path: string, response: ServerResponse, error: AncileError): void {
  const { status, headers, body } = dialectOf(path).renderError(error);
  response.writeHead(status, {
    ...retryHeaders(error),
    ...headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

const HEALTHY: Readiness = { ok: true, checks: {} };

function readinessOf({ upstreams }: LlmParts, ready: GatewayOptions['ready']): Readiness {
  const { ok, checks } = ready?.() ?? HEALTHY;
  return { ok: ok && upstreams.reachable, checks: { upstream: upstreams.reachable ? 'ok' : 'no upstream', ...checks } };
}

function sendHealth(response: ServerResponse, { ok, checks }: Readiness, closing: boolean): void {
  const failed = Object.values(checks).find((said) => said !== 'ok');
  const status = closing ? 'stopping' : ok ? 'ok' : (failed ?? 'not ready');
  const told = Object.keys(checks).length === 0 ? {} : { checks };
  sendJson(response, ok && !closing ? 200 : 503, { status, ...told });
}

function route(
  { llm, ready, control, registry, tools }: GatewayOptions,
  closing: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const parts = llm();
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0]!;
  if (path === '/healthz' || path === '/readyz') {
    sendHealth(response, path === '/healthz' ? HEALTHY : readinessOf(parts, ready), closing);
    return;
  }
  if (closing) {
    refuse(path, response, new AncileError('shutting_down', 'the gateway is stopping'));
    return;
  }
  // A write that comes too late for its answer is the answer's affair, never the process's.
  response.on('error', (thrown) => parts.onFault(thrown, undefined));
  if (control !== undefined && CONTROL_PATH.test(path)) {
    control(request, response);
    return;
  }
  if (registry?.(request, response) === true || tools?.(request, response) === true) return;
  const endpoint = findEndpoint(request.method ?? '', url, request.headers);
  if (endpoint === undefined) {
    const error = new AncileError('not_found', 'there is nothing at this address and method', {
      hint: `Here are: ${ADDRESSES.join(', ')}.`,
    });
    refuse(path, response, error);
    return;
  }
  endpoint.handle(parts, endpoint.surface, request, response, endpoint.address).catch((thrown: unknown) => {
    parts.onFault(thrown, undefined);
    response.destroy();
  });
}

function listen(server: Server, { host, port }: Config['server']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (thrown) => {
      const code = systemCode(thrown);
      const [message, hint] =
        code === 'EADDRINUSE'
          ? ['is in use', 'Stop the program that has it, or set another server.port (0 takes a free one).']
          : code === 'EACCES'
            ? ['may not be opened by this user', 'Ports below 1024 need a privilege; choose a higher server.port.']
            : [`cannot be listened on (${code ?? thrown.message})`, 'Set server.host to an address of this machine.'];
      reject(
        new AncileError('address_in_use', `${host}:${port} ${message}`, { at: 'server.port', hint, cause: thrown }),
      );
    });
    server.listen({ host, port, backlog: BACKLOG }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** @throws AncileError `config_invalid` where certificate and key are no PEM or no pair */
function createSecure(...args: [ServerOptions, RequestListener]): Server {
  try {
    return createHttps(...args);
  } catch (thrown) {
    throw new AncileError('config_invalid', 'server.tls: certificate and key are not a pair of PEM files', {
      at: 'server.tls',
      hint: 'cert is the certificate chain, key the private key of its first certificate, both PEM.',
      cause: thrown,
    });
  }
}

/** The server's own bounds, as the configuration has them now. */
function boundsOf({ limits }: LlmParts): Pick<Server, 'headersTimeout' | 'requestTimeout'> {
  return { headersTimeout: limits.headersTimeout, requestTimeout: limits.requestTimeout };
}

/** Starts to listen. @throws AncileError `config_invalid`, `address_in_use` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  checkExposure(options.server);
  const { llm, tls } = options;
  let bounds = llm();
  const limits = {
    ...boundsOf(bounds),
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(1000, bounds.limits.headersTimeout),
    noDelay: true,
  };
  let closing = false;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const parts = llm();
    if (parts !== bounds) {
      bounds = parts;
      Object.assign(server, boundsOf(parts));
    }
    route(options, closing, request, response);
  };
  const server = tls === undefined ? createHttp(limits, onRequest) : createSecure({ ...limits, ...tls }, onRequest);
  boundBodies(server);
  server.on('connection', () => turns.noteConnection());
  const port = await listen(server, options.server);
  const host = options.server.host.includes(':') ? `[${options.server.host}]` : options.server.host;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async close(ms) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await llm().inflight.drain(ms);
      // A connection whose answer has just ended is idle a moment later.
      setImmediate(() => server.closeIdleConnections());
      // What was cut gets a moment to say so.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
    },
  };
}
