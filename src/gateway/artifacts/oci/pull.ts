// Manifests and blobs. A manifest is given when all that it names was looked at, or has taken longer than a client waits:
// clients show the reason where a manifest is refused, and not where a blob is.
import { AncileError, toAncileError } from '../../../base/index.ts';
import type { ModelAsset, ModelFile } from '../../../contract/index.ts';
import type { Refused } from '../gate.ts';
import { serveFile } from '../serve.ts';
import { CONTENT_HEADERS, type OciCall } from './call.ts';
import { VERSION_HEADER, sendDenied } from './errors.ts';
import { manifestOf } from './manifest.ts';
import { toDigest, toHex } from './names.ts';
import { noteManifest, recentManifests } from './recent.ts';

/** Files of one version that are brought in at once. */
const AT_ONCE = 4;

function headersOf(sha256: string, contentType: string): Record<string, string> {
  const digest = toDigest(sha256);
  return {
    ...VERSION_HEADER,
    ...CONTENT_HEADERS,
    'content-type': contentType,
    'docker-content-digest': digest,
    etag: `"${digest}"`,
  };
}

async function serve(call: OciCall, asset: ModelAsset, file: ModelFile, contentType: string): Promise<void> {
  const { parts, source, key, request, response } = call;
  const headers = { ...headersOf(file.etag, contentType), 'accept-ranges': 'bytes' };
  const refuse = (refused: Refused): void => sendDenied(request, response, refused);
  await serveFile({ parts, source, asset, file, key, headers, refuse }, request, response);
}

/** Has all files of a version brought in. Why it is refused, where it is. */
async function decideOnAll({ parts, source, key }: OciCall, asset: ModelAsset): Promise<Refused | undefined> {
  const queue = [...asset.files].sort((a, b) => a.size - b.size);
  let refused: Refused | undefined;
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && refused === undefined; file = queue.shift()) {
      const result = await parts.gate.pass(source, asset, file.path, key.principal);
      if (!result.ok) refused = result;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return refused;
}

/** As `decideOnAll`, but for no longer than a client may wait: what is not decided by then goes on without it. */
async function decideInTime(call: OciCall, asset: ModelAsset): Promise<Refused | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, call.source.wait, undefined)));
  const decided = decideOnAll(call, asset);
  // After that each file tells of its own.
  decided.catch(() => undefined);
  try {
    return await Promise.race([decided, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function answerManifest(call: OciCall, reference: string): Promise<void> {
  const { parts, source, key, repo, request, response } = call;
  const { gate } = parts;
  const asset = await gate.version(source, repo, reference);
  const manifest = manifestOf(asset.files)!;
  const file = asset.files.find(({ path }) => path === manifest.path)!;
  if (request.method === 'HEAD') {
    // It tells no more than that there is such a version: the reason why it is refused needs an answer with a body.
    response.writeHead(200, { ...headersOf(file.etag, manifest.mediaType), 'content-length': String(file.size) });
    response.end();
    return;
  }
  let refused: Refused | undefined;
  try {
    refused = await decideInTime(call, asset);
  } catch (thrown) {
    await gate.recordFault(asset, manifest.path, key.principal, toAncileError(thrown).code);
    throw thrown;
  }
  if (refused !== undefined) {
    await gate.recordRefusal(asset, manifest.path, key.principal, refused);
    return sendDenied(request, response, refused);
  }
  noteManifest(key.id, asset);
  await serve(call, asset, file, manifest.mediaType);
}

/** Which version's file a digest stands for: of a manifest that this key was just given, else of any that may be had. */
async function findHolder({ parts, source, key, repo }: OciCall, sha256: string): Promise<ModelAsset | undefined> {
  const all = await parts.gate.holders(source, repo, sha256);
  const recent = recentManifests(key.id);
  return all.find(({ id }) => recent.includes(id)) ?? all[0];
}

export async function answerBlob(call: OciCall, digest: string): Promise<void> {
  const { parts, source, key, mayPull, mayPush, repo, request, response } = call;
  const { gate, uploads } = parts;
  const sha256 = toHex(digest);
  const isHead = request.method === 'HEAD';
  const uploaded = mayPush ? uploads.has({ key: key.id, repo: `${source.name}:${repo}` }, sha256) : undefined;
  if (isHead && uploaded !== undefined) {
    response.writeHead(200, {
      ...headersOf(sha256, 'application/octet-stream'),
      'content-length': String(uploaded),
    });
    response.end();
    return;
  }
  const asset = mayPull ? await findHolder(call, sha256) : undefined;
  const files = asset?.files.filter(({ etag }) => etag === sha256) ?? [];
  // Whoever asks before he pushes is to send what he cannot have: it may be part of something else there.
  const hidden = isHead && mayPush && asset !== undefined && gate.refusal(asset) !== undefined;
  if (asset === undefined || files.length === 0 || hidden) {
    throw new AncileError('not_found', 'no manifest that was given out names this content', {
      at: 'blob',
      hint: 'Ask for the manifest first: its files are known by it.',
    });
  }
  const [file, ...twins] = files as [ModelFile, ...ModelFile[]];
  // One content under several names is looked at under each of them.
  for (const twin of isHead ? [] : twins) {
    const result = await gate.pass(source, asset, twin.path, key.principal);
    if (result.ok) continue;
    await gate.recordRefusal(asset, twin.path, key.principal, result);
    return sendDenied(request, response, result);
  }
  const contentType = manifestOf([file])?.mediaType ?? 'application/octet-stream';
  await serve(call, asset, file, contentType);
}
