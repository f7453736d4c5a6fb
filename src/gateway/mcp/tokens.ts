// Tokens of an authorization server (OAuth 2.1): signature, issuer, audience and time are checked here, and no token of a
// caller's ever goes further than this.
import { type JSONWebKeySet, createLocalJWKSet, errors, jwtVerify } from 'jose';
import { AncileError, type Clock, isObject } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { Outlet } from '../../net/index.ts';
import type { McpCaller } from './tool-server.ts';

export interface TokenAuthority {
  readonly issuer: string;
  /** Who bears a token that is meant for a path. @throws AncileError `unauthenticated`, one sentence for all that can be wrong with it */
  authenticate(token: string, path: string): Promise<McpCaller>;
}

export interface TokenOptions {
  readonly issuer: string;
  /** What tokens may be meant for at a path. */
  readonly audience: (path: string) => readonly string[];
  readonly tenant: string;
  /** To the address of its keys. */
  readonly outlet: Outlet;
  readonly path: string;
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
}

/** Asymmetric ones alone: nobody else's secret makes a token. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const KEYS_BYTES = 200_000;
/** Keys are fetched again after, and for a key that is not known no more often than, milliseconds. */
const FRESH_MS = 600_000;
const AGAIN_MS = 30_000;
const SCOPE = /^mcp:([\x21-\x7e]{1,300})$/;
const TOKEN_MOST = 8192;

/** Tools that a token's scopes cover: `mcp:files` all of a server, `mcp:files:read_*` some. */
function toolsOf(scope: unknown): string[] {
  if (typeof scope !== 'string') return [];
  return scope.split(' ').flatMap((each) => {
    const what = SCOPE.exec(each)?.[1];
    return what === undefined ? [] : [what.includes(':') ? what : `${what}:*`];
  });
}

export function createTokenAuthority(options: TokenOptions): TokenAuthority {
  const { issuer, audience, tenant, outlet, path, clock, onFault } = options;
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let fetchedAt = -Infinity;
  let fetching: Promise<void> | undefined;

  async function fetchKeys(): Promise<void> {
    fetchedAt = clock();
    const { status, body } = await outlet.collect(
      { method: 'GET', path, headers: { accept: 'application/json' } },
      KEYS_BYTES,
    );
    const parsed = status === 200 ? parseJson(body, { maxDepth: 8, what: 'the key set' }) : undefined;
    if (!isObject(parsed) || !Array.isArray(parsed['keys'])) {
      throw new AncileError('upstream_malformed', 'the authorization server gives no key set');
    }
    keys = createLocalJWKSet(parsed as unknown as JSONWebKeySet);
  }

  /** @param olderThan - milliseconds */
  async function refresh(olderThan: number): Promise<void> {
    if (keys !== undefined && clock() - fetchedAt < olderThan) return;
    if (keys === undefined && clock() - fetchedAt < 1000) return;
    fetching ??= fetchKeys().finally(() => (fetching = undefined));
    // The keys that are there go on being good where new ones cannot be had.
    await fetching.catch(onFault);
  }

  async function verify(token: string, at: string): Promise<McpCaller> {
    await refresh(FRESH_MS);
    const check = (): ReturnType<typeof jwtVerify> =>
      jwtVerify(token, (header, input) => keys!(header, input), {
        issuer,
        audience: [...audience(at)],
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 5,
        currentDate: new Date(clock()),
      });
    const { payload } = await check().catch(async (thrown: unknown) => {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
      await refresh(AGAIN_MS);
      return check();
    });
    const subject = payload.sub!;
    const until = payload.exp! * 1000;
    return {
      principal: { id: `oidc:${issuer}#${subject}`.slice(0, 300), kind: 'agent', name: subject.slice(0, 100), tenant },
      tools: toolsOf(payload['scope']),
      budgets: [],
      isActive: () => clock() < until,
    };
  }

  return {
    issuer,
    async authenticate(token, at) {
      try {
        if (token.length <= TOKEN_MOST) return await verify(token, at);
      } catch (cause) {
        throw new AncileError('unauthenticated', 'the token is not valid', { cause });
      }
      throw new AncileError('unauthenticated', 'the token is not valid');
    },
  };
}
