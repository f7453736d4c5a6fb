// How a bucket's service is asked: signed with the operator's key, for its own address alone.
import { createHash } from 'node:crypto';
import { systemClock } from '../../../base/index.ts';
import type { SourceConfigOf } from '../../../contract/index.ts';
import { signRequest } from '../../upstreams/kinds/sigv4.ts';
import type { RemoteOptions } from '../remote.ts';

const EMPTY = createHash('sha256').digest('hex');

export interface S3Credentials {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

/** The service's address, and what signs requests to it; without credentials they are anonymous. */
export function toS3Remote(
  { baseUrl, region }: Pick<SourceConfigOf<'s3'>, 'baseUrl' | 'region'>,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
  clock = systemClock,
): Pick<RemoteOptions, 'baseUrl' | 'authorize'> {
  const address = { baseUrl: baseUrl ?? `https://s3.${region}.amazonaws.com` };
  if (accessKeyId === undefined || secretAccessKey === undefined) return address;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return {
    ...address,
    authorize(method, path, host) {
      const headers = { host, 'x-amz-content-sha256': EMPTY };
      const signed = signRequest({ method, path, headers, body: '' }, credentials, { region, service: 's3' }, clock());
      return { 'x-amz-content-sha256': EMPTY, ...signed };
    },
  };
}
