// Content that a client sends: begun, added to, ended, whole or in pieces. It lies apart until a manifest names it.
import { AncileError } from '../../../base/index.ts';
import { boundSilence } from '../../ending.ts';
import { allowLongBody } from '../../long-body.ts';
import type { Upload, UploadPlace } from '../uploads.ts';
import type { OciCall } from './call.ts';
import { VERSION_HEADER } from './errors.ts';
import { isDigest, toHex } from './names.ts';

const placeOf = ({ key, source, repo }: OciCall): UploadPlace => ({ key: key.id, repo: `${source.name}:${repo}` });

function toState({ name }: OciCall, { id, size }: Upload): Record<string, string> {
  return {
    ...VERSION_HEADER,
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
    'content-length': '0',
  };
}

function digestIn({ query }: OciCall): string | undefined {
  const digest = query.get('digest');
  if (digest === null) return undefined;
  if (isDigest(digest)) return digest;
  throw new AncileError('request_invalid', 'expected a digest of SHA-256', { at: 'digest' });
}

/** Where a piece is to begin, by `Content-Range: 0-1023`. */
function startOf({ request }: OciCall): number | undefined {
  const range = request.headers['content-range'];
  if (range === undefined) return undefined;
  const [, start] = /^(?:bytes )?(\d{1,15})-\d{1,15}(?:\/[\d*]{1,15})?$/.exec(range) ?? [];
  if (start === undefined) throw new AncileError('request_invalid', 'expected a range such as 0-1023', { at: 'range' });
  return Number(start);
}

/** Takes the body in, for as long as its key holds and something comes. */
async function takeBody(call: OciCall, id: string): Promise<Upload> {
  const { parts, source, key, request, response } = call;
  allowLongBody(request);
  boundSilence(response, parts.silence);
  const leave = parts.inflight.add({ principal: key.id, tenant: key.tenant, upstream: source.name }, () =>
    response.destroy(),
  );
  try {
    return await parts.uploads.add(placeOf(call), id, startOf(call), request);
  } finally {
    leave();
    response.setTimeout(0);
  }
}

async function finish(call: OciCall, id: string, digest: string): Promise<void> {
  const { parts, name, response } = call;
  await parts.uploads.finish(placeOf(call), id, toHex(digest));
  response.writeHead(201, {
    ...VERSION_HEADER,
    location: `/v2/${name}/blobs/${digest}`,
    'docker-content-digest': digest,
    'content-length': '0',
  });
  response.end();
}

/** `POST …/blobs/uploads/`: begins; with a digest, all of it is the body. A mount from elsewhere begins like any other. */
export async function beginUpload(call: OciCall): Promise<void> {
  const { parts, response } = call;
  const digest = digestIn(call);
  const { id } = await parts.uploads.begin(placeOf(call));
  if (digest !== undefined) {
    await takeBody(call, id);
    return finish(call, id, digest);
  }
  call.request.resume();
  response.writeHead(202, toState(call, { id, size: 0 })).end();
}

export async function answerUpload(call: OciCall, id: string): Promise<void> {
  const { parts, request, response } = call;
  const place = placeOf(call);
  if (request.method === 'GET') {
    response.writeHead(204, toState(call, parts.uploads.find(place, id))).end();
    return;
  }
  if (request.method === 'DELETE') {
    await parts.uploads.cancel(place, id);
    response.writeHead(204, VERSION_HEADER).end();
    return;
  }
  const digest = digestIn(call);
  if (request.method === 'PUT' && digest === undefined) {
    throw new AncileError('request_invalid', 'the digest of what was uploaded is missing', { at: 'digest' });
  }
  const upload = await takeBody(call, id);
  if (request.method === 'PUT') return finish(call, id, digest!);
  response.writeHead(202, toState(call, upload)).end();
}
