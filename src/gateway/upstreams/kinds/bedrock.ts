// Anthropic's models on Amazon Bedrock: InvokeModel with a signature, or with a Bedrock API key.
// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
import { AncileError } from '../../../base/index.ts';
import { toPathSegment } from '../../../codec/index.ts';
import { readBetas, toCloudBody } from './anthropic-body.ts';
import { openBedrockFraming } from './bedrock-framing.ts';
import type { Kind, KindOptions, UpstreamOf } from './kind.ts';
import { type AwsCredentials, signRequest } from './sigv4.ts';
import { SURFACES } from './surfaces.ts';

const VERSION = 'bedrock-2023-05-31';
const EVENT_STREAM = /^application\/vnd\.amazon\.eventstream\b/i;

/** @throws AncileError `config_invalid` where the two ways to be known are mixed, or neither is whole */
function readCredentials({ secrets, at }: KindOptions<unknown>): AwsCredentials | string {
  const { apiKey, accessKeyId, secretAccessKey, sessionToken } = secrets;
  const pair = [accessKeyId, secretAccessKey, sessionToken].some((secret) => secret !== undefined);
  if (apiKey !== undefined && !pair) return apiKey;
  if (apiKey === undefined && accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  }
  throw new AncileError('config_invalid', `${at}: Bedrock wants either accessKeyId and secretAccessKey, or apiKey`, {
    at:
      apiKey !== undefined ? `${at}.apiKey` : accessKeyId === undefined ? `${at}.accessKeyId` : `${at}.secretAccessKey`,
    hint: 'Name both parts of an access key (and sessionToken for a temporary one), or a Bedrock API key alone.',
  });
}

export function openBedrock(options: KindOptions<UpstreamOf<'bedrock'>>): Kind {
  const { upstream, clock } = options;
  const credentials = readCredentials(options);
  const { host, pathname } = new URL(upstream.baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const scope = { region: upstream.region, service: 'bedrock' };
  const keys =
    typeof credentials === 'string'
      ? [credentials]
      : Object.values(credentials).filter((value): value is string => value !== undefined);

  return {
    dialects: ['anthropic'],
    surfaces: SURFACES.bedrock,
    baseUrl: upstream.baseUrl,
    keys,
    confidential: [],
    prepare(ask) {
      const betas = readBetas(ask.headers);
      const body = Buffer.from(
        JSON.stringify({
          ...toCloudBody(ask, VERSION, ['model', 'stream']),
          ...(betas.length > 0 && { anthropic_beta: betas }),
        }),
      );
      const path = `/model/${toPathSegment(ask.model)}/${ask.stream ? 'invoke-with-response-stream' : 'invoke'}`;
      const type = { 'content-type': 'application/json' };
      const authorization =
        typeof credentials === 'string'
          ? { authorization: `Bearer ${credentials}` }
          : signRequest(
              { method: 'POST', path: prefix + path, headers: { host, ...type }, body },
              credentials,
              scope,
              clock(),
            );
      const accept = ask.stream ? 'application/vnd.amazon.eventstream' : 'application/json';
      const headers = { ...type, ...authorization, accept, 'accept-encoding': 'identity' };
      return { method: 'POST', path, headers, body };
    },
    framing: { contentType: EVENT_STREAM, open: openBedrockFraming },
    // The list of models is at another address (the control plane's), where requests do not go.
  };
}
