// Azure OpenAI: OpenAI's dialect at a resource's own addresses.
// https://learn.microsoft.com/azure/ai-foundry/openai/reference
import { toPathSegment } from '../../../codec/index.ts';
import type { Ask } from '../door.ts';
import type { Kind, KindOptions, UpstreamOf } from './kind.ts';
import { SURFACES } from './surfaces.ts';
import { OPENAI_HEADERS, wordRequest } from './word.ts';

/** Versions of the interface that names no version: its addresses are OpenAI's own. */
const VERSIONLESS = /^(?:v1|latest|preview)$/;

/** The path below the resource. A dated version names the deployment in the address, but for Responses. */
function toPath({ surface, model, stream }: Ask, version: string | undefined): string {
  const path = surface.upstreamPath(model, stream);
  const query = version === undefined ? '' : `?api-version=${encodeURIComponent(version)}`;
  if (version === undefined || VERSIONLESS.test(version)) return `/openai/v1${path}${query}`;
  if (surface.id === 'openai.responses') return `/openai${path}${query}`;
  return `/openai/deployments/${toPathSegment(model)}${path}${query}`;
}

export function openAzure({ upstream, secrets }: KindOptions<UpstreamOf<'azure'>>): Kind {
  const { apiKey } = secrets;
  const headers = apiKey === undefined ? {} : { 'api-key': apiKey };
  return {
    dialects: ['openai'],
    surfaces: SURFACES.azure,
    // Azure's pages show the address with and without what is appended here.
    baseUrl: upstream.baseUrl.replace(/\/+$/, '').replace(/\/openai(?:\/v1)?$/, ''),
    keys: apiKey === undefined ? [] : [apiKey],
    confidential: [],
    prepare(ask) {
      ask.surface.prepareUpstream(ask.body, ask.model);
      return wordRequest(ask, { path: toPath(ask, upstream.apiVersion), headers, passes: OPENAI_HEADERS });
    },
    // What Azure lists are models that could be deployed; what can be asked for are the deployments.
  };
}
