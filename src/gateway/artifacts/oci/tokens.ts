// What a registry is shown: nothing, a login, or a token that its realm gives for one purpose and some minutes.
import { z } from 'zod';
import { AncileError, type Clock } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { AnswerHeaders } from '../../../net/index.ts';
import type { Remote } from '../remote.ts';
import { type Challenge, parseChallenge } from './challenge.ts';

const MOST_ANSWER = 200_000;
const MOST_TOKENS = 500;
/** As the token specification says where a realm says nothing, seconds. */
const DEFAULT_SECONDS = 60;
/** A token is not used in its last moments, milliseconds. */
const MARGIN_MS = 5000;

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Tokens {
  /** What to show for a purpose, as far as that is known without asking. */
  known(scope: string): string | undefined;
  /**
   * What to show after a 401 answered what was shown; undefined where there is nothing to show.
   * @throws AncileError `upstream_*`
   */
  renew(headers: AnswerHeaders, scope: string): Promise<string | undefined>;
}

const Answer = z.looseObject({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional().catch(undefined),
});

const HEADER = /^[\x21-\x7e]+$/;

/** @param remote - asked for tokens, at the hosts that it may go to */
export function createTokens(remote: Pick<Remote, 'collect'>, login: Login | undefined, clock: Clock): Tokens {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64')}`;
  const tokens = new Map<string, { readonly value: string; readonly until: number }>();
  const flights = new Map<string, Promise<string>>();
  let wantsLogin = false;

  async function fetchToken(challenge: Extract<Challenge, { scheme: 'bearer' }>, scope: string): Promise<string> {
    if (!URL.canParse(challenge.realm)) {
      throw new AncileError('upstream_malformed', 'the registry gives tokens nowhere');
    }
    const url = new URL(challenge.realm);
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    if (scope !== '') url.searchParams.set('scope', scope);
    const headers = { accept: 'application/json', ...(basic && { authorization: basic }) };
    const { status, body } = await remote.collect({ path: '', at: url.href, headers }, MOST_ANSWER);
    if (status === 401 || status === 403) {
      throw new AncileError('upstream_refused', 'the registry gives no token for this repository', {
        hint: 'The operator can give the source a username and a password that may do this.',
      });
    }
    if (status !== 200) throw new AncileError('upstream_malformed', `the registry's realm answered ${status}`);
    const value = parseJson(body, { maxBytes: MOST_ANSWER, what: "the realm's answer", code: 'upstream_malformed' });
    const { token, access_token, expires_in = DEFAULT_SECONDS } = Answer.safeParse(value).data ?? {};
    const text = token ?? access_token;
    if (text === undefined || !HEADER.test(text)) {
      throw new AncileError('upstream_malformed', "the registry's realm gave no token");
    }
    tokens.delete(scope);
    if (tokens.size >= MOST_TOKENS) tokens.delete(tokens.keys().next().value!);
    tokens.set(scope, { value: `Bearer ${text}`, until: clock() + expires_in * 1000 - MARGIN_MS });
    return `Bearer ${text}`;
  }

  return {
    known(scope) {
      const token = tokens.get(scope);
      if (token !== undefined && token.until > clock()) return token.value;
      return wantsLogin ? basic : undefined;
    },
    async renew(headers, scope) {
      const challenge = parseChallenge(headers);
      if (challenge?.scheme === 'basic') {
        // Shown already, and not good enough.
        if (wantsLogin || basic === undefined) return undefined;
        wantsLogin = true;
        return basic;
      }
      if (challenge === undefined) return undefined;
      tokens.delete(scope);
      let flight = flights.get(scope);
      if (flight === undefined) {
        flight = fetchToken(challenge, scope).finally(() => flights.delete(scope));
        flights.set(scope, flight);
      }
      return flight;
    },
  };
}
