// Buckets for S3's own clients: reading objects and listing them, and nothing else.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import { findFile, findSource, outOfScope } from '../find-file.ts';
import type { FrontParts } from '../front.ts';
import type { Refused } from '../gate.ts';
import { isKnown } from '../range.ts';
import { serveFile } from '../serve.ts';
import { renderListing, renderLocation, sendS3Failure, sendS3Refused, sendXml } from './answers.ts';
import type { S3Query } from './listing.ts';
import { narrowPage, reachesBucket } from './scope.ts';
import { type S3Source, isS3Source } from './source.ts';

export { sendS3Error } from './answers.ts';

const MOST_KEYS = 1000;
const OBJECT_QUERY = /^(?:x-id|response-[a-z-]+)$/;
const LIST_QUERY =
  /^(?:x-id|list-type|prefix|delimiter|max-keys|continuation-token|start-after|encoding-type|fetch-owner|marker)$/;

/**
 * Who asks. S3's clients sign with a secret that the gateway does not have, as it keeps keys as digests alone: the key comes as the
 * session token, which they send along, and the signature is not looked at.
 */
function authenticate(parts: FrontParts, { headers }: IncomingMessage): AccessKey {
  const token = headers['x-amz-security-token'];
  if (typeof token === 'string') return parts.authenticate({ headers: { authorization: `Bearer ${token}` } });
  if (/^AWS/i.test(headers.authorization ?? '')) {
    throw new AncileError('unauthenticated', 'no key was given', {
      hint: 'Give the Ancile key as session token (AWS_SESSION_TOKEN); access key id and secret may be anything.',
    });
  }
  return parts.authenticate({ headers });
}

function readListQuery(query: URLSearchParams): S3Query & { readonly marker?: string } {
  const most = Number(query.get('max-keys') ?? MOST_KEYS);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const [token, after, marker] = ['continuation-token', 'start-after', 'marker'].map((name) => query.get(name) ?? '');
  if (!Number.isInteger(most) || most < 0 || [prefix, delimiter, token, after, marker].some((x) => x!.length > 2048)) {
    throw new AncileError('request_invalid', 'a parameter of the listing is out of bounds');
  }
  // Behind a common prefix is behind all that lies below it.
  const behind = marker !== '' && delimiter !== '' && marker!.endsWith(delimiter) ? `${marker}\u{10ffff}` : marker;
  const startAfter = after || behind;
  return {
    prefix,
    most: Math.min(most, MOST_KEYS),
    ...(delimiter === '' ? {} : { delimiter }),
    ...(token ? { token } : {}),
    ...(startAfter ? { startAfter } : {}),
    ...(marker ? { marker } : {}),
  };
}

async function answerBucket(
  source: S3Source,
  key: AccessKey,
  bucket: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!reachesBucket(source, key, bucket)) throw outOfScope(source.name, `${bucket}/*`);
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'x-amz-bucket-region': source.region }).end();
    return;
  }
  if (query.has('location')) return sendXml(request, response, 200, renderLocation(source.region));
  if (![...query.keys()].every((name) => LIST_QUERY.test(name))) {
    return sendS3Failure(request, response, 501, 'NotImplemented', 'buckets are only listed here');
  }
  const version = query.get('list-type') === '2' ? 2 : 1;
  const { marker, ...asked } = readListQuery(query);
  const encoded = query.get('encoding-type') === 'url';
  const page = asked.most === 0 ? { objects: [], prefixes: [] } : await source.list(bucket, asked);
  const shown = narrowPage(source, key, bucket, page);
  // The older form goes on behind the last key of the page, shown or not.
  const last = [page.objects.at(-1)?.key ?? '', page.prefixes.at(-1) ?? ''].sort().at(-1)!;
  sendXml(
    request,
    response,
    200,
    renderListing({
      ...shown,
      bucket,
      query: asked,
      version,
      encoded,
      last,
      ...(marker === undefined ? {} : { marker }),
    }),
  );
}

/**
 * Answers what comes below `/s3`.
 * @param target - the rest of the request's target: `/NAME/bucket/some/key`
 * @throws AncileError for what goes wrong, for `sendS3Error`
 */
export async function handleS3(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = authenticate(parts, request);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendS3Failure(request, response, 405, 'MethodNotAllowed', 'buckets are only read here');
  }
  const [path = '', search = ''] = target.split('?', 2);
  const query = new URLSearchParams(search);
  const { source, rest } = findSource(parts.sources, 's3', path);
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name });
  const [, bucket = '', object = ''] = /^([^/]*)\/?(.*)$/s.exec(rest) ?? [];
  if (!isS3Source(source) || bucket === '') {
    return sendS3Failure(request, response, 501, 'NotImplemented', 'buckets are not listed here: name one');
  }
  if (object === '') return answerBucket(source, key, bucket, query, request, response);
  if (![...query.keys()].every((name) => OBJECT_QUERY.test(name))) {
    return sendS3Failure(request, response, 501, 'NotImplemented', 'objects are only read here, whole or by range');
  }
  const { asset, file } = await findFile(parts, source, key, rest);
  const wanted = request.headers['if-match'];
  if (wanted !== undefined && !isKnown({ 'if-none-match': wanted }, file.etag)) {
    const message = 'the object is another by now';
    return sendS3Failure(request, response, 412, 'PreconditionFailed', message);
  }
  const headers = {
    'content-type': 'binary/octet-stream',
    'accept-ranges': 'bytes',
    etag: file.etag,
    'last-modified': new Date(asset.modified ?? asset.firstSeen).toUTCString(),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
  // Clients ask for the head first and cannot show why it is refused: what is refused is told with the GET that follows.
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'content-length': String(file.size) }).end();
    return;
  }
  const refuse = (refused: Refused): void => sendS3Refused(request, response, refused);
  await serveFile({ parts, source, asset, file, key, headers, refuse }, request, response);
}
