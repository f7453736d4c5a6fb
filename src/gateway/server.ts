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
import { type LlmSurface, anthropicMessages, openaiChat } from '../codec/index.ts';
import { type Config, PLAINTEXT_ACCEPTED } from '../contract/index.ts';
import { type LlmParts, handleExchange, handleModels } from './llm/index.ts';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface GatewayOptions {
  readonly server: Config['server'];
  readonly llm: LlmParts;
  readonly tls: TlsFiles | undefined;
}

export interface Gateway {
  /** Where it listens: `http://127.0.0.1:8700`. */
  readonly address: string;
  /** Takes no new requests, lets those under way end for at most `ms`, then cuts them. */
  close(ms: number): Promise<void>;
}

type Handler = (
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** Method and path to what answers it, in which dialect. */
const TABLE: Readonly<Record<string, readonly [Handler, LlmSurface]>> = {
  'POST /v1/chat/completions': [handleExchange, openaiChat],
  'GET /v1/models': [handleModels, openaiChat],
  'POST /v1/messages': [handleExchange, anthropicMessages],
};

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const MAX_HEADER_BYTES = 16 * 1024;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function route(llm: LlmParts, closing: () => boolean, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  if (path === '/healthz') {
    sendJson(response, closing() ? 503 : 200, { status: closing() ? 'stopping' : 'ok' });
    return;
  }
  const entry = TABLE[`${request.method} ${path}`];
  const surface = entry?.[1] ?? (path.startsWith('/v1/messages') ? anthropicMessages : openaiChat);
  if (entry === undefined || closing()) {
    const error = closing()
      ? new AncileError('shutting_down', 'the gateway is stopping')
      : new AncileError('not_found', 'there is nothing at this address and method', {
          hint: `Here are: ${Object.keys(TABLE).join(', ')}, GET /healthz.`,
        });
    const { status, headers, body } = surface.renderError(error);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' });
    response.end(body);
    return;
  }
  // A write that comes too late for its answer is the answer's affair, never the process's.
  response.on('error', (thrown) => llm.onFault(thrown, undefined));
  entry[0](llm, surface, request, response).catch((thrown: unknown) => {
    llm.onFault(thrown, undefined);
    response.destroy();
  });
}

/** @throws AncileError `config_invalid`: plain text leaves the machine only when someone said so in words */
function checkExposure({ server, tls }: GatewayOptions): void {
  if (tls !== undefined || LOOPBACK.test(server.host) || server.plaintext === PLAINTEXT_ACCEPTED) return;
  throw new AncileError('config_invalid', `server.host: ${server.host} is beyond loopback and there is no TLS`, {
    at: 'server.host',
    hint: `Set server.tls, listen on 127.0.0.1, or write server.plaintext: "${PLAINTEXT_ACCEPTED}".`,
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
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
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

/** Starts to listen. @throws AncileError `config_invalid`, `address_in_use` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  checkExposure(options);
  const { llm, tls } = options;
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: llm.limits.headersTimeout,
    requestTimeout: llm.limits.requestTimeout,
    connectionsCheckingInterval: Math.min(1000, llm.limits.headersTimeout),
    noDelay: true,
  };
  let closing = false;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    route(llm, () => closing, request, response);
  const server = tls === undefined ? createHttp(limits, onRequest) : createSecure({ ...limits, ...tls }, onRequest);
  const port = await listen(server, options.server);
  const host = options.server.host.includes(':') ? `[${options.server.host}]` : options.server.host;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async close(ms) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await llm.inflight.drain(ms);
      // What was cut gets a moment to say so.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
    },
  };
}
