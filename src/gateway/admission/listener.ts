// The webhook's own door: HTTPS with a certificate of its own, the API server known by its certificate or token, and nothing else
// behind it.
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { type Server as SecureServer, createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { AncileError, type ErrorCode, systemCode, toAncileError } from '../../base/index.ts';
import { ANYBODY_ACCEPTED, type Admission } from '../../contract/index.ts';
import { equalSecrets } from '../../keys/index.ts';
import { isLoopback } from '../exposure.ts';
import type { TlsFiles } from '../server.ts';
import { readSmallBody } from '../small-body.ts';
import { type AdmissionAnswer, MOST_REVIEW_BYTES } from './review.ts';

export const ADMISSION_PATH = '/admission/kubernetes';

const MOST_UNDER_WAY = 64;
const BODY_MS = 10_000;

export interface AdmissionTls extends TlsFiles {
  /** PEM: whose certificates clients must have. */
  readonly ca?: Buffer;
}

export interface AdmissionListenerOptions {
  readonly settings: Pick<Admission, 'host' | 'port' | 'clientNames' | 'anybody'>;
  readonly tls: AdmissionTls | undefined;
  /** What the API server must send; asked for each review. @throws AncileError `config_invalid` */
  readonly token: () => string | undefined;
  readonly review: (body: Uint8Array) => Promise<AdmissionAnswer>;
  readonly noteRefusal: (code: ErrorCode) => void;
  readonly onFault: (fault: unknown) => void;
}

export interface AdmissionListener {
  readonly address: string;
  /** Takes another certificate into use, for connections that come from then on. */
  renew(tls: AdmissionTls): void;
  close(): Promise<void>;
}

/** @throws AncileError `config_invalid` where whoever reaches it could read along, or ask, and nobody accepted that */
export function checkAdmissionExposure({ host, tls, clientCa, token, anybody }: Admission): void {
  if (tls === undefined && clientCa !== undefined) {
    throw new AncileError('config_invalid', 'admission.clientCa: without TLS nobody shows a certificate', {
      at: 'admission.clientCa',
      hint: 'Set admission.tls.',
    });
  }
  if (isLoopback(host)) return;
  if (tls === undefined) {
    throw new AncileError('config_invalid', `admission.host: ${host} is beyond loopback and there is no TLS`, {
      at: 'admission.host',
      hint: 'Set admission.tls: API servers speak HTTPS alone.',
    });
  }
  if (clientCa !== undefined || token !== undefined || anybody !== undefined) return;
  throw new AncileError('config_invalid', 'admission: nobody could tell the API server from anybody else', {
    at: 'admission',
    hint: `Set admission.clientCa or admission.token, or write admission.anybody: "${ANYBODY_ACCEPTED}".`,
  });
}

function namesOf(socket: TLSSocket): string[] {
  const { subject, subjectaltname = '' } = socket.getPeerCertificate();
  const alternative = subjectaltname.split(', ').map((each) => each.replace(/^[A-Za-z ]+:/, ''));
  return [...[subject?.CN ?? []].flat(), ...alternative].filter((name) => name !== '');
}

/** Whether it is the API server that asks. @throws AncileError `unauthenticated`, `forbidden` */
function authenticate(request: IncomingMessage, { settings, tls, token }: AdmissionListenerOptions): void {
  const { socket } = request;
  if (tls?.ca !== undefined) {
    if (!(socket instanceof TLSSocket) || !socket.authorized) {
      throw new AncileError('unauthenticated', 'no certificate of an authority under admission.clientCa was shown');
    }
    const { clientNames } = settings;
    if (clientNames.length > 0 && !namesOf(socket).some((name) => clientNames.includes(name))) {
      throw new AncileError('forbidden', 'the certificate has none of the names under admission.clientNames');
    }
  }
  const expected = token();
  if (expected === undefined) return;
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && equalSecrets(given, expected)) return;
  throw new AncileError('unauthenticated', 'the bearer token is not that of admission.token');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function toListener(options: AdmissionListenerOptions): RequestListener {
  let underWay = 0;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (path === '/healthz' && request.method === 'GET') return sendJson(response, 200, { status: 'ok' });
    if (path !== ADMISSION_PATH || request.method !== 'POST') {
      throw new AncileError('not_found', `here is POST ${ADMISSION_PATH}, and nothing else`);
    }
    authenticate(request, options);
    if (underWay >= MOST_UNDER_WAY) throw new AncileError('overloaded', 'too many reviews are under way');
    underWay++;
    try {
      sendJson(response, 200, await options.review(await readSmallBody(request, MOST_REVIEW_BYTES)));
    } finally {
      underWay--;
    }
  }
  return (request, response) => {
    response.on('error', options.onFault);
    answer(request, response).catch((thrown: unknown) => {
      const { code, message, hint, status } = toAncileError(thrown);
      if (status >= 500) options.onFault(thrown);
      if (status === 401 || code === 'forbidden' || code === 'overloaded') options.noteRefusal(code);
      const said =
        code === 'internal' || code === 'config_invalid' ? 'the webhook failed at this; its log says more' : message;
      response.setHeader('connection', 'close');
      sendJson(response, status, { error: { code, message: said, hint } });
    });
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `${host}:${port} cannot be listened on (${systemCode(cause) ?? cause.message})`;
      const hint = 'Set another admission.port (0 takes a free one) or admission.host.';
      reject(new AncileError('address_in_use', message, { at: 'admission.port', hint, cause }));
    });
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Certificates are asked for, and looked at with each review: a kubelet that asks for its health has none. */
const secure = (tls: AdmissionTls) => ({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: false });

/** Starts to listen. @throws AncileError `address_in_use` */
export async function startAdmissionListener(options: AdmissionListenerOptions): Promise<AdmissionListener> {
  const { settings, tls } = options;
  const limits = { headersTimeout: BODY_MS, requestTimeout: BODY_MS, maxHeaderSize: 16_384, noDelay: true };
  const onRequest = toListener(options);
  const server =
    tls === undefined ? createServer(limits, onRequest) : createSecure({ ...limits, ...secure(tls) }, onRequest);
  const port = await listen(server, settings.host, settings.port);
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    renew: (next) => (server as SecureServer).setSecureContext(secure(next)),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
    },
  };
}
