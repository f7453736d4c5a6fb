// The OCI front: what docker, podman, skopeo, oras, crane and their like call (OCI distribution specification 1.1). Its address
// is `/v2/`, as clients have it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessKey, mayPull, mayPush } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import type { FrontParts } from '../front.ts';
import type { OciCall } from './call.ts';
import { VERSION_HEADER } from './errors.ts';
import { answerReferrers, answerTags } from './lists.ts';
import { type OciAddress, parseOciPath } from './names.ts';
import { answerBlob, answerManifest } from './pull.ts';
import { putManifest } from './push.ts';
import { type OciSource, isOciSource } from './source.ts';
import { answerUpload, beginUpload } from './upload.ts';

/** Clients send the key as the password of a login, whatever the user's name, or as a token. */
function authenticate(parts: FrontParts, { headers }: IncomingMessage): AccessKey {
  const [, login] = /^Basic +([A-Za-z0-9+/=_-]{1,4000})$/i.exec(headers.authorization ?? '') ?? [];
  if (login === undefined) return parts.authenticate({ headers });
  const password = /^[^:]*:(\S+)$/.exec(Buffer.from(login, 'base64').toString('utf8'))?.[1] ?? '';
  return parts.authenticate({ headers: { authorization: `Bearer ${password}` } });
}

function findSource(parts: FrontParts, name: string): { source: OciSource; repo: string } | undefined {
  const all = [...parts.sources().values()].filter(isOciSource);
  if (all.length === 1) return { source: all[0]!, repo: name };
  const source = all.find((each) => name.startsWith(`${each.name}/`));
  return source && { source, repo: name.slice(source.name.length + 1) };
}

const READ = ['GET', 'HEAD'];
const METHODS: Readonly<Record<OciAddress['what'], readonly string[]>> = {
  base: READ,
  manifest: [...READ, 'PUT'],
  blob: READ,
  tags: READ,
  referrers: READ,
  uploads: ['POST'],
  upload: ['GET', 'PATCH', 'PUT', 'DELETE'],
};

const isPush = ({ what }: OciAddress, method: string): boolean =>
  what === 'uploads' || what === 'upload' || (what === 'manifest' && method === 'PUT');

/** @throws AncileError `forbidden` */
function checkScope(address: OciAddress, { source, key, repo, request, ...call }: OciCall): void {
  const { method = '' } = request;
  const push = isPush(address, method);
  // Whoever may only push may ask what he has sent.
  const ask = method === 'HEAD' && (address.what === 'blob' || address.what === 'manifest');
  const may = push ? call.mayPush : call.mayPull || (ask && call.mayPush);
  if (source.permits(repo) && may) return;
  const option = push ? '--artifacts-push' : '--artifacts';
  throw new AncileError('forbidden', `the key ${key.name} may not ${push ? 'push' : 'pull'} ${source.name}:${repo}`, {
    hint: `A key is scoped with \`ancile key create ${option} '${source.name}:org/*'\`.`,
  });
}

async function answer(address: Exclude<OciAddress, { what: 'base' }>, call: OciCall): Promise<void> {
  switch (address.what) {
    case 'manifest':
      if (call.request.method === 'PUT') return putManifest(call, address.reference);
      if (!call.mayPull) throw new AncileError('not_found', 'the key may not see this', { at: 'manifest' });
      return answerManifest(call, address.reference);
    case 'blob':
      return answerBlob(call, address.digest);
    case 'tags':
      return answerTags(call);
    case 'referrers':
      return answerReferrers(call, address.digest);
    case 'uploads':
      return beginUpload(call);
    case 'upload':
      return answerUpload(call, address.upload);
  }
}

/**
 * Answers what comes below `/v2`.
 * @param target - the rest of the request's target: `/org/model/manifests/latest`
 * @throws AncileError for what goes wrong, for `sendOciError`
 */
export async function handleOci(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = authenticate(parts, request);
  const [path = '', search = ''] = target.split('?', 2);
  const address = parseOciPath(path);
  if (address === undefined || !METHODS[address.what].includes(request.method ?? '')) {
    throw new AncileError('not_found', 'there is nothing at this address and method', {
      at: 'method',
      hint: 'Here are manifests, blobs, uploads, tags and referrers of the OCI distribution specification.',
    });
  }
  if (address.what === 'base') {
    const body = request.method === 'HEAD' ? '' : '{}';
    response.writeHead(200, { ...VERSION_HEADER, 'content-type': 'application/json', 'content-length': 2 }).end(body);
    return;
  }
  const found = findSource(parts, address.name);
  if (found === undefined) {
    throw new AncileError('not_found', 'no source has this repository', {
      at: 'repository',
      hint: 'With several sources of kind `oci` the first part of a name is the name of its source.',
    });
  }
  const { source, repo } = found;
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name });
  const artifact = `${source.name}:${repo}`;
  const query = new URLSearchParams(search);
  const scopes = { mayPull: mayPull(key, artifact), mayPush: mayPush(key, artifact) };
  const call: OciCall = { parts, source, key, ...scopes, name: address.name, repo, query, request, response };
  checkScope(address, call);
  await answer(address, call);
}
