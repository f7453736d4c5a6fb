// Anthropic's models on Google Vertex AI: rawPredict, with the token of a service account or one that is given.
// https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
import { AncileError } from '../../../base/index.ts';
import { toPathSegment } from '../../../codec/index.ts';
import type { OutletRequest } from '../../../net/index.ts';
import type { Ask } from '../door.ts';
import { toCloudBody } from './anthropic-body.ts';
import type { Kind, KindOptions, UpstreamOf } from './kind.ts';
import { parseServiceAccount } from './service-account.ts';
import { SURFACES } from './surfaces.ts';
import { type TokenSource, createTokenSource } from './tokens.ts';

const VERSION = 'vertex-2023-10-16';
/** Shorter names of projects are words that an error may hold for other reasons; Google's have six letters or more. */
const MIN_PROJECT = 6;

/** The token of the configuration, which stays as it is. */
function createFixedToken(token: string): TokenSource {
  return { current: () => token, fetch: () => Promise.resolve(token), known: [token], close: () => Promise.resolve() };
}

/** @throws AncileError `config_invalid` where there is no way to be known, or there are two */
function openTokens({ secrets, at, timeouts, clock }: KindOptions<unknown>): TokenSource {
  const { apiKey, serviceAccount } = secrets;
  if (serviceAccount !== undefined && apiKey === undefined) {
    return createTokenSource(parseServiceAccount(serviceAccount, `${at}.serviceAccount`), timeouts, clock);
  }
  if (apiKey !== undefined && serviceAccount === undefined) return createFixedToken(apiKey);
  throw new AncileError('config_invalid', `${at}: Vertex wants either serviceAccount or apiKey`, {
    at: `${at}.serviceAccount`,
    hint: 'Name the key file of a service account, or a secret that holds an access token.',
  });
}

export function openVertex(options: KindOptions<UpstreamOf<'vertex'>>): Kind {
  const { project, location, baseUrl } = options.upstream;
  const tokens = openTokens(options);
  const models = `/projects/${project}/locations/${location}/publishers/anthropic/models`;

  function word(ask: Ask, token: string): OutletRequest {
    const counts = ask.surface.id === 'anthropic.count_tokens';
    const path = counts
      ? `${models}/count-tokens:rawPredict`
      : `${models}/${toPathSegment(ask.model)}:${ask.stream ? 'streamRawPredict' : 'rawPredict'}`;
    const beta = ask.headers['anthropic-beta'];
    return {
      method: 'POST',
      path,
      headers: {
        ...(beta !== undefined && { 'anthropic-beta': beta }),
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: ask.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      },
      body: Buffer.from(JSON.stringify(toCloudBody(ask, VERSION, counts ? [] : ['model']))),
    };
  }

  return {
    dialects: ['anthropic'],
    surfaces: SURFACES.vertex,
    baseUrl,
    get keys() {
      return tokens.known;
    },
    confidential: project.length < MIN_PROJECT ? [] : [project],
    prepare(ask) {
      const token = tokens.current();
      return token === undefined ? tokens.fetch().then((fetched) => word(ask, fetched)) : word(ask, token);
    },
    close: () => tokens.close(),
  };
}
