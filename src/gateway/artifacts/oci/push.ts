// A manifest that a client puts: what it names is gathered, scanned and decided upon, the decision put on record, and only then
// does the source get any of it.
import { copyFile, link, open, rm, writeFile } from 'node:fs/promises';
import { AncileError, newId, toAncileError } from '../../../base/index.ts';
import type { ModelAsset } from '../../../contract/index.ts';
import { readSmallBody } from '../../small-body.ts';
import type { FrontParts } from '../front.ts';
import type { Gate } from '../gate.ts';
import type { OciCall } from './call.ts';
import { VERSION_HEADER, sendDenied } from './errors.ts';
import { forward } from './forward.ts';
import { MOST_MANIFEST, type ParsedManifest, parseManifest } from './manifest.ts';
import { isDigest, toDigest } from './names.ts';

/** Versions on their way into a source, by the gate that they came through, so that none goes there twice at once. */
const byGate = new WeakMap<Gate, Map<string, Promise<string | undefined>>>();

function once(gate: Gate, key: string, work: () => Promise<string | undefined>): Promise<string | undefined> {
  const underWay = byGate.get(gate) ?? new Map<string, Promise<string | undefined>>();
  byGate.set(gate, underWay);
  let flight = underWay.get(key);
  if (flight === undefined) {
    flight = work().finally(() => underWay.delete(key));
    underWay.set(key, flight);
  }
  return flight;
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Brings the manifest, and what was uploaded for it, into the cache's quarantine. The contents that lie there now. */
async function takeIn(call: OciCall, bytes: Buffer, { sha256, listing }: ParsedManifest): Promise<Set<string>> {
  const { parts, key, source, repo } = call;
  const { cache, uploads } = parts;
  const given = new Set([sha256]);
  const path = cache.temporary();
  try {
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
    await sync(path);
    await cache.quarantine(path, sha256);
    for (const { etag, size } of listing.files) {
      const place = { key: key.id, repo: `${source.name}:${repo}` };
      const from = uploads.path(place, etag);
      if (from === undefined || given.has(etag)) continue;
      if (uploads.has(place, etag) !== size) {
        throw new AncileError('request_invalid', 'the manifest tells another size than was uploaded', {
          at: 'manifest',
        });
      }
      const to = cache.temporary();
      try {
        await link(from, to).catch(() => copyFile(from, to));
        await cache.quarantine(to, etag);
        given.add(etag);
      } finally {
        await rm(to, { force: true });
      }
    }
  } finally {
    await rm(path, { force: true });
  }
  return given;
}

async function send(
  { gate, cache }: Pick<FrontParts, 'gate' | 'cache'>,
  { source, key, repo }: OciCall,
  asset: ModelAsset,
  reference: string,
  record: Parameters<FrontParts['gate']['recordPush']>[2],
): Promise<string | undefined> {
  await gate.recordPush(asset, key.principal, record);
  try {
    return await forward({ source, asset, reference, find: (sha256) => cache.find(sha256) });
  } catch (thrown) {
    const reason = toAncileError(thrown).code;
    await gate.recordPush(asset, key.principal, { ...record, outcome: 'fault', reason });
    throw thrown;
  } finally {
    gate.forget(source, repo, reference);
  }
}

export async function putManifest(call: OciCall, reference: string): Promise<void> {
  const { parts, source, key, name, repo, request, response } = call;
  const { gate } = parts;
  const bytes = await readSmallBody(request, MOST_MANIFEST);
  const contentType = request.headers['content-type'];
  const parsed = parseManifest(bytes, { repo, mostFiles: source.mostFiles, contentType, code: 'request_invalid' });
  const digest = toDigest(parsed.sha256);
  if (isDigest(reference) && reference !== digest) {
    throw new AncileError('request_invalid', 'the manifest is not what its digest says', { at: 'digest' });
  }
  const given = await takeIn(call, bytes, parsed);
  const { asset, result } = await gate.push(source, parsed.listing, given, key.principal).catch((thrown: unknown) => {
    const error = toAncileError(thrown);
    if (error.code !== 'not_found') throw thrown;
    throw new AncileError('not_found', 'the manifest names content that was not uploaded', { at: 'layer' });
  });
  const push = newId('push');
  const tag = isDigest(reference) ? undefined : reference;
  const { decision } = result;
  if (!result.ok) {
    const reason = result.message;
    await gate.recordPush(asset, key.principal, { push, tag, outcome: 'refused', decision, reason });
    return sendDenied(request, response, result);
  }
  // Looking at it may have taken a while.
  parts.checkFrozen({ principal: key.id, tenant: key.tenant, upstream: source.name, model: asset.id });
  const record = { push, tag, outcome: 'sent', decision } as const;
  const subject = await once(gate, `${asset.id} ${reference}`, () => send(parts, call, asset, reference, record));
  response.writeHead(201, {
    ...VERSION_HEADER,
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject !== undefined && isDigest(subject) ? { 'oci-subject': subject } : {}),
    'content-length': '0',
  });
  response.end();
}
