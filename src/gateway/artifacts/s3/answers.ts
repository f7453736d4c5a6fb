// What S3's clients are told: listings and errors, in its XML.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AncileError, ErrorCode } from '../../../base/index.ts';
import { escapeXml } from '../../../codec/index.ts';
import type { Refused } from '../gate.ts';
import { encodePath } from '../source.ts';
import type { S3Page, S3Query } from './listing.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const element = (name: string, text: string | number | undefined): string =>
  text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;

export function sendXml(request: IncomingMessage, response: ServerResponse, status: number, root: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export interface ListAnswer extends S3Page {
  readonly bucket: string;
  readonly query: S3Query;
  /** The older form of listing, which goes on by a key and not by a token. */
  readonly marker?: string;
  readonly version: 1 | 2;
  /** The last key or prefix of the page, which the older form goes on behind. */
  readonly last: string;
  /** Whether keys are asked for encoded as in addresses. */
  readonly encoded: boolean;
}

/** The answer of ListObjects and ListObjectsV2. */
export function renderListing(answer: ListAnswer): string {
  const { bucket, query, objects, prefixes, next, encoded, version, marker, last } = answer;
  const key = (text: string | undefined): string | undefined =>
    text === undefined || !encoded ? text : encodePath(text);
  const place =
    version === 1
      ? element('Marker', key(marker ?? '')) + (next === undefined ? '' : element('NextMarker', key(last)))
      : element('KeyCount', objects.length + prefixes.length) +
        element('ContinuationToken', query.token) +
        element('NextContinuationToken', next) +
        element('StartAfter', key(query.startAfter));
  const contents = objects.map(
    ({ key: name, modified, etag, size }) =>
      `<Contents>${element('Key', key(name))}${element('LastModified', modified)}${element('ETag', etag)}` +
      `${element('Size', size)}<StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const common = prefixes.map((prefix) => `<CommonPrefixes>${element('Prefix', key(prefix))}</CommonPrefixes>`);
  return (
    `<ListBucketResult xmlns="${NAMESPACE}">${element('Name', bucket)}${element('Prefix', key(query.prefix))}` +
    `${element('Delimiter', key(query.delimiter))}${element('MaxKeys', query.most)}` +
    `${encoded ? '<EncodingType>url</EncodingType>' : ''}${element('IsTruncated', String(next !== undefined))}` +
    `${place}${contents.join('')}${common.join('')}</ListBucketResult>`
  );
}

/** The answer of GetBucketLocation: for the first region of all it is empty. */
export function renderLocation(region: string): string {
  const text = region === 'us-east-1' ? '' : escapeXml(region);
  return `<LocationConstraint xmlns="${NAMESPACE}">${text}</LocationConstraint>`;
}

/** An error with its code and message, which clients show. */
export function sendS3Failure(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  if (response.headersSent) return void response.destroy();
  const resource = (request.url ?? '').split('?', 1)[0]!.slice(0, 500);
  const root = `<Error>${element('Code', code)}${element('Message', message)}${element('Resource', resource)}</Error>`;
  sendXml(request, response, status, root);
}

const CODES: Partial<Record<ErrorCode, readonly [number, string]>> = {
  unauthenticated: [403, 'InvalidToken'],
  forbidden: [403, 'AccessDenied'],
  request_invalid: [400, 'InvalidRequest'],
  not_found: [404, 'NoSuchKey'],
  body_too_large: [400, 'EntityTooLarge'],
  overloaded: [503, 'SlowDown'],
  shutting_down: [503, 'ServiceUnavailable'],
};

export function sendS3Error(request: IncomingMessage, response: ServerResponse, error: AncileError): void {
  const [status, code] = CODES[error.code] ?? [error.status, 'InternalError'];
  const named = error.code === 'not_found' && error.at === 'bucket' ? 'NoSuchBucket' : code;
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  sendS3Failure(request, response, status, named, message);
}

/** A refusal. What its key may pull is spent for hours: nothing that a client should try again by itself. */
export function sendS3Refused(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  const code = refused.code === 'budget_exceeded' ? 'QuotaExceeded' : 'AccessDenied';
  sendS3Failure(request, response, 403, code, refused.message);
}
