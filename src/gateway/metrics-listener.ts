// /metrics on a listener of its own: closed unless the configuration opens it, and beyond loopback never without a token.
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AncileError, systemCode } from '../base/index.ts';
import type { Config } from '../contract/index.ts';
import { equalSecrets } from '../keys/index.ts';
import { checkExposure, isLoopback } from './exposure.ts';
import type { TlsFiles } from './server.ts';

export interface MetricsListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  /** The gateway's own: its certificate serves here as well. */
  readonly server: Config['server'];
  readonly tls: TlsFiles | undefined;
  readonly render: () => { readonly type: string; readonly body: string };
}

export interface MetricsListener {
  readonly address: string;
  close(): Promise<void>;
}

/** @throws AncileError `config_invalid` where it would be open to others without a token, or without encryption */
export function checkMetricsExposure({
  host,
  token,
  server,
}: Pick<MetricsListenerOptions, 'host' | 'token' | 'server'>): void {
  if (isLoopback(host)) return;
  if (token === undefined) {
    throw new AncileError(
      'config_invalid',
      `telemetry.prometheus.host: ${host} is beyond loopback and there is no token`,
      {
        at: 'telemetry.prometheus.token',
        hint: 'Set telemetry.prometheus.token, or listen on 127.0.0.1.',
      },
    );
  }
  checkExposure({ ...server, host });
}

/** @throws AncileError `config_invalid`, `address_in_use` */
export async function startMetricsListener(options: MetricsListenerOptions): Promise<MetricsListener> {
  checkMetricsExposure(options);
  const { host, port, token, tls, render } = options;
  const onRequest: RequestListener = (request, response) => {
    const answer = (status: number, body: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        ...headers,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    request.resume();
    if (token !== undefined && !equalSecrets(request.headers.authorization ?? '', `Bearer ${token}`)) {
      answer(401, 'unauthenticated\n', { 'www-authenticate': 'Bearer' });
    } else if (request.url?.split('?', 1)[0] !== '/metrics') answer(404, 'there is /metrics\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'GET\n', { allow: 'GET, HEAD' });
    else {
      const { type, body } = render();
      answer(200, body, { 'content-type': type });
    }
  };
  const bounds = {
    headersTimeout: 10_000,
    requestTimeout: 10_000,
    maxHeaderSize: 8192,
    connectionsCheckingInterval: 1000,
  };
  const server = tls === undefined ? createHttp(bounds, onRequest) : createHttps({ ...bounds, ...tls }, onRequest);
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown) =>
      reject(
        new AncileError(
          'address_in_use',
          `${host}:${port} cannot be listened on (${systemCode(thrown) ?? thrown.message})`,
          {
            at: 'telemetry.prometheus.port',
            hint: 'Set another telemetry.prometheus.port (0 takes a free one).',
            cause: thrown,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
