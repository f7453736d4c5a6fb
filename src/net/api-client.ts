// The admin interface of a running server, asked over its socket or over HTTP: for the command line and for programs.
import { Client } from 'undici';
import { AncileError, type ErrorCode, systemCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { type ApiClient, type ApiResponse, API_BASE, Session, createApiClient } from '../contract/index.ts';

/** Largest answer that is read. */
const MAX_ANSWER_BYTES = 256_000_000;
/** A backup or a verification of a large ledger takes its time. */
const TIMEOUT_MS = 3_600_000;

export interface ApiTarget {
  /** Where the server listens: `https://ancile.example:8700`. Not needed with `socketPath`. */
  readonly address?: string;
  /** The socket in the data folder: asked as the folder's owner, without signing in. */
  readonly socketPath?: string;
  /** PEM of the authority that signed the server's certificate, where the system does not know it. */
  readonly ca?: string;
  /** How long an answer is waited for, milliseconds. */
  readonly timeout?: number;
}

/** A client with a connection of its own; over HTTP, `signIn` or `acceptInvite` comes first. */
export type ConnectedApi = ApiClient & {
  /** Closes the connection. The session, if any, stays until `signOut` or its expiry. */
  close(): Promise<void>;
};

const CODES: Readonly<Record<string, ErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  UND_ERR_SOCKET: 'upstream_reset',
  ECONNRESET: 'upstream_reset',
};

/** The fault of a connection: its cause keeps the system's code. */
function toFault(thrown: unknown): AncileError {
  const code = CODES[systemCode(thrown) ?? ''] ?? 'upstream_unreachable';
  return new AncileError(code, `the server cannot be asked (${systemCode(thrown) ?? 'unknown fault'})`, {
    cause: thrown,
    hint: 'Is it running, and at this address?',
  });
}

/** `name=value` of the session's cookie in what a server sets, whatever its attributes. */
function readCookie(header: string | string[] | undefined): string | undefined {
  for (const line of [header ?? []].flat()) {
    const pair = line.split(';', 1)[0]!.trim();
    if (/^(__Host-)?ancile=/.test(pair)) return pair;
  }
  return undefined;
}

/**
 * Connects to the admin interface. Nothing is sent before the first call; the session's cookie and its token against
 * forged requests are kept and sent along.
 * @throws AncileError `usage` where neither an address nor a socket is named
 */
export function connectApi({ address, socketPath, ca, timeout = TIMEOUT_MS }: ApiTarget): ConnectedApi {
  const origin = address ?? (socketPath === undefined ? undefined : 'http://localhost');
  if (origin === undefined || !URL.canParse(origin)) {
    throw new AncileError('usage', 'expected the address of a server', { at: 'address' });
  }
  const client = new Client(new URL(origin).origin, {
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { ...(socketPath === undefined ? {} : { socketPath }), ...(ca === undefined ? {} : { ca }) },
  });
  let cookie: string | undefined;
  let csrf: string | undefined;

  async function send(method: string, path: string, body: unknown): Promise<ApiResponse> {
    try {
      const answer = await client.request({
        method: method as 'GET',
        path,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(cookie === undefined ? {} : { cookie }),
          ...(csrf === undefined ? {} : { 'x-ancile-csrf': csrf }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      cookie = readCookie(answer.headers['set-cookie']) ?? cookie;
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      const limits = { maxDepth: 200, maxBytes: MAX_ANSWER_BYTES, what: "the server's answer" };
      return { status: answer.statusCode, body: bytes.length === 0 ? undefined : parseJson(bytes, limits) };
    } catch (thrown) {
      throw thrown instanceof AncileError ? thrown : toFault(thrown);
    }
  }

  const api = createApiClient(async (request) => {
    const path = request.query === '' ? request.path : `${request.path}?${request.query}`;
    const answer = await send(request.method, path, request.body);
    // Whatever answers with a session begins or renews it: sign-in, an accepted invitation, a look at it.
    const session = answer.status === 200 ? Session.safeParse(answer.body) : undefined;
    if (session?.success === true) csrf = session.data.csrf;
    if (answer.status === 200 && request.method === 'DELETE' && request.path === `${API_BASE}/session`) {
      cookie = csrf = undefined;
    }
    return answer;
  });
  return { ...api, close: () => client.destroy() };
}
