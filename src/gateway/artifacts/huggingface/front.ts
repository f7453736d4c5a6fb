// The Hugging Face front: what huggingface_hub and @huggingface/hub call, and nothing else. No Xet is offered, so that clients
// fetch files over plain HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AccessKey } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { ModelAsset } from '../../../contract/index.ts';
import type { FrontParts } from '../front.ts';
import type { Refused } from '../gate.ts';
import { readSmallBody } from '../../small-body.ts';
import { serveFile } from '../serve.ts';
import type { ArtifactSource } from '../source.ts';
import { renderInfo, renderPaths, renderTree } from './answers.ts';
import { type HubAddress, parseHubPath } from './names.ts';
import { reaches } from '../find-file.ts';
import { refusedDetail, refusedStatus } from '../refused-detail.ts';

const MOST_BODY = 1_000_000;

const PathsBody = z.object({
  paths: z.union([z.string(), z.array(z.string())]).transform((paths) => [paths].flat()),
  expand: z.union([z.boolean(), z.string()]).optional(),
});

const isTrue = (value: unknown): boolean => value === true || /^(?:true|1)$/i.test(String(value));

/** What a header can carry. */
const toHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1000);

function sendJson(request: IncomingMessage, response: ServerResponse, asset: ModelAsset, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-repo-commit': asset.revision,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const NOT_FOUND: Readonly<Record<string, string>> = {
  repository: 'RepoNotFound',
  revision: 'RevisionNotFound',
  file: 'EntryNotFound',
};

/** An error as the Hub's clients read it: they show what is in the header, or the body's `error`. */
export function sendHubError(request: IncomingMessage, response: ServerResponse, error: AncileError): void {
  if (response.headersSent) return void response.destroy();
  // Of the other refusals the clients give the reason only where they are called this.
  const denied = error.status === 403 ? 'GatedRepo' : undefined;
  const code = error.code === 'not_found' ? (NOT_FOUND[error.at ?? ''] ?? 'EntryNotFound') : denied;
  const body = JSON.stringify({ error: error.message, code: error.code, ...(error.hint && { hint: error.hint }) });
  response.writeHead(error.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-error-message': toHeader(error.message),
    ...(code === undefined ? {} : { 'x-error-code': code }),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A refusal. `GatedRepo` is what the clients know of models that need somebody's leave: they end with the message. */
function sendRefused(request: IncomingMessage, response: ServerResponse, refused: Refused): void {
  const { code, message } = refused;
  const body = JSON.stringify({ error: message, ...refusedDetail(refused) });
  response.writeHead(refusedStatus(refused), {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-error-code': code === 'budget_exceeded' ? 'RateLimited' : 'GatedRepo',
    'x-error-message': toHeader(message),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function readPaths(request: IncomingMessage): Promise<z.infer<typeof PathsBody>> {
  const body = await readSmallBody(request, MOST_BODY);
  const form = new URLSearchParams(body.toString('utf8'));
  const value = /json/i.test(request.headers['content-type'] ?? '')
    ? parseJson(body, { maxBytes: MOST_BODY, what: 'the request body' })
    : { paths: form.getAll('paths'), expand: form.get('expand') ?? undefined };
  const parsed = PathsBody.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AncileError('request_invalid', 'expected `paths`, a list of paths');
}

async function answer(
  parts: FrontParts,
  source: ArtifactSource,
  key: AccessKey,
  address: HubAddress,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { gate } = parts;
  const asset = await gate.version(source, address.repo, address.revision);
  const expand = isTrue(query.get('expand'));
  if (address.what === 'info') return sendJson(request, response, asset, renderInfo(asset, isTrue(query.get('blobs'))));
  if (address.what === 'tree') {
    const entries = renderTree(asset, address.path, isTrue(query.get('recursive')), expand);
    return sendJson(request, response, asset, entries);
  }
  if (address.what === 'paths-info') {
    const body = await readPaths(request);
    return sendJson(request, response, asset, renderPaths(asset, body.paths, isTrue(body.expand)));
  }
  const file = asset.files.find(({ path }) => path === address.path);
  if (file === undefined) throw new AncileError('not_found', 'the version has no such file', { at: 'file' });
  const etag = `"${file.etag}"`;
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'x-repo-commit': asset.revision,
    'x-linked-size': String(file.size),
    'x-linked-etag': etag,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.path.split('/').at(-1)!)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
  const refuse = (refused: Refused): void => sendRefused(request, response, refused);
  await serveFile({ parts, source, asset, file, key, headers, refuse }, request, response);
}

const METHODS: Readonly<Record<HubAddress['what'], readonly string[]>> = {
  info: ['GET', 'HEAD'],
  tree: ['GET', 'HEAD'],
  'paths-info': ['POST'],
  resolve: ['GET', 'HEAD'],
};

/** The source that an address below `/hf` means: the only one or, of several, the one that it names. */
function findSource(
  sources: FrontParts['sources'],
  path: string,
): { source: ArtifactSource; rest: string } | undefined {
  const hubs = [...sources().values()].filter(({ kind }) => kind === 'huggingface');
  if (hubs.length === 1) return { source: hubs[0]!, rest: path };
  const source = hubs.find(({ name }) => path.startsWith(`/${name}/`));
  return source && { source, rest: path.slice(source.name.length + 1) };
}

/**
 * Answers what comes below `/hf`.
 * @param target - the rest of the request's target: `/api/models/org/model?blobs=true`
 * @throws AncileError for what goes wrong, for `sendHubError`
 */
export async function handleHuggingFace(
  parts: FrontParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = parts.authenticate(request);
  const [path = '', query = ''] = target.split('?', 2);
  const found = findSource(parts.sources, path);
  const address = found && parseHubPath(found.rest);
  if (found === undefined || address === undefined || !METHODS[address.what].includes(request.method ?? '')) {
    throw new AncileError('not_found', 'there is nothing at this address and method', {
      at: 'file',
      hint: 'Here are the calls that huggingface_hub and @huggingface/hub download with.',
    });
  }
  const { source } = found;
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name });
  if (!reaches(source, key, address.repo)) {
    throw new AncileError('forbidden', `the key may not pull ${source.name}:${address.repo}`, {
      hint: `A key is scoped with \`ancile key create --artifacts '${source.name}:org/*'\`.`,
    });
  }
  await answer(parts, source, key, address, new URLSearchParams(query), request, response);
}
