// A version that was let through, put into its source: what it does not have yet, and then the manifest.
import { createReadStream } from 'node:fs';
import { AncileError } from '../../../base/index.ts';
import type { ModelAsset, ModelFile } from '../../../contract/index.ts';
import { header } from '../remote.ts';
import { manifestOf } from './manifest.ts';
import { toDigest } from './names.ts';
import { type OciSource, checkAnswer } from './source.ts';

const MOST_ANSWER = 1 << 20;

export interface Forwarding {
  readonly source: OciSource;
  readonly asset: ModelAsset;
  /** Tag or digest that the manifest is put under. */
  readonly reference: string;
  /** Where a content lies (SHA-256, hex). */
  readonly find: (sha256: string) => string | undefined;
}

/** Tokens for writing, which may read as well. */
const pushScope = (repo: string): string => `repository:${repo}:pull,push`;

function locate({ find }: Forwarding, { etag, path }: ModelFile): string {
  const place = find(etag);
  if (place !== undefined) return place;
  throw new AncileError('store_fault', `${path} is not in the cache by now`, { hint: 'Push it again.' });
}

async function putBlob(forwarding: Forwarding, file: ModelFile): Promise<void> {
  const { source, asset } = forwarding;
  const { remote } = source;
  const digest = toDigest(file.etag);
  const blobs = `/v2/${asset.repo}/blobs/`;
  const scope = pushScope(asset.repo);
  const known = await remote.collect({ method: 'HEAD', path: `${blobs}${digest}`, scope }, MOST_ANSWER);
  if (known.status === 200) return;
  checkAnswer(known.status, 'repository', [404]);
  const headers = { 'content-length': '0' };
  const begun = await remote.collect({ method: 'POST', path: `${blobs}uploads/`, scope, headers }, MOST_ANSWER);
  checkAnswer(begun.status, 'repository', [202]);
  const location = header(begun.headers, 'location');
  if (location === undefined) throw new AncileError('upstream_malformed', 'the source takes uploads nowhere');
  const at = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const place = locate(forwarding, file);
  const { status } = await remote.collect(
    {
      method: 'PUT',
      path: '',
      at,
      scope,
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.size) },
      ...(file.size === 0 ? {} : { body: () => createReadStream(place, { end: file.size - 1 }) }),
    },
    MOST_ANSWER,
  );
  checkAnswer(status, 'repository', [201]);
}

/**
 * @returns what the source says of a manifest that refers to another (`OCI-Subject`)
 * @throws AncileError `upstream_*`, `not_found`, `store_fault`
 */
export async function forward(forwarding: Forwarding): Promise<string | undefined> {
  const { source, asset, reference } = forwarding;
  const manifest = manifestOf(asset.files)!;
  const put = new Set<string>();
  for (const file of asset.files) {
    if (file.path === manifest.path || put.has(file.etag)) continue;
    put.add(file.etag);
    await putBlob(forwarding, file);
  }
  const file = asset.files.find(({ path }) => path === manifest.path)!;
  const place = locate(forwarding, file);
  const { status, headers } = await source.remote.collect(
    {
      method: 'PUT',
      path: `/v2/${asset.repo}/manifests/${reference}`,
      scope: pushScope(asset.repo),
      headers: { 'content-type': manifest.mediaType, 'content-length': String(file.size) },
      body: () => createReadStream(place),
    },
    MOST_ANSWER,
  );
  if (status === 400) throw new AncileError('upstream_refused', 'the source takes this manifest for none');
  checkAnswer(status, 'repository', [201]);
  return header(headers, 'oci-subject');
}
