// The access token of a service account: fetched when it is needed, kept until a minute before it ends.
import { AncileError, type Clock, toAncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { type OutletOptions, createOutlet } from '../../../net/index.ts';
import { type ServiceAccount, toTokenForm } from './service-account.ts';

export interface TokenSource {
  /** The token in force; undefined where one must be fetched. */
  current(): string | undefined;
  /**
   * Fetches one; whoever asks meanwhile gets the same.
   * @throws AncileError `upstream_*`
   */
  fetch(): Promise<string>;
  /** Tokens that may still be under way: the one in force and the one before. */
  readonly known: readonly string[];
  close(): Promise<void>;
}

/** A token is given up so long before it ends, milliseconds. */
const MARGIN_MS = 60_000;
const MAX_SECONDS = 86_400;
const MAX_ANSWER = 64 * 1024;

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

function readToken(bytes: Buffer, now: number): Token {
  const body = parseJson(bytes, {
    what: "the token service's answer",
    code: 'upstream_malformed',
    maxBytes: MAX_ANSWER,
  });
  const { access_token: text, expires_in: seconds } = (body ?? {}) as { access_token?: unknown; expires_in?: unknown };
  // It becomes part of a header.
  if (
    typeof text !== 'string' ||
    !/^[\x21-\x7e]{1,8192}$/.test(text) ||
    typeof seconds !== 'number' ||
    !(seconds > 0)
  ) {
    throw new AncileError('upstream_malformed', 'the token service answered without a token');
  }
  return { text, until: now + Math.min(seconds, MAX_SECONDS) * 1000 - MARGIN_MS };
}

export function createTokenSource(
  account: ServiceAccount,
  timeouts: Omit<OutletOptions, 'baseUrl'>,
  clock: Clock,
): TokenSource {
  const { origin, pathname, search } = account.tokenUri;
  const outlet = createOutlet({ ...timeouts, baseUrl: origin, connections: 1 });
  let token: Token | undefined;
  let last: string | undefined;
  let fetching: Promise<string> | undefined;

  async function ask(): Promise<string> {
    const now = clock();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      'accept-encoding': 'identity',
    };
    const request = { method: 'POST' as const, path: pathname + search, headers, body: toTokenForm(account, now) };
    let answer;
    try {
      answer = await outlet.collect(request, MAX_ANSWER);
    } catch (thrown) {
      throw new AncileError(toAncileError(thrown).code, 'the token service of the upstream did not answer', {
        cause: thrown,
      });
    }
    if (answer.status !== 200) {
      const code = answer.status >= 500 || answer.status === 429 ? 'upstream_unreachable' : 'upstream_refused';
      throw new AncileError(code, `the token service refused the gateway's key (${answer.status})`, {
        hint: "The operator must look at the upstream's serviceAccount in the configuration.",
      });
    }
    last = token?.text;
    token = readToken(answer.body, now);
    return token.text;
  }

  return {
    current: () => (token !== undefined && clock() < token.until ? token.text : undefined),
    fetch: () => (fetching ??= ask().finally(() => (fetching = undefined))),
    get known() {
      return [token?.text, last].filter((text) => text !== undefined);
    },
    close: () => outlet.close(),
  };
}
