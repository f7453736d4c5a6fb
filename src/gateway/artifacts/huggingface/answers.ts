// What the Hub's clients are told of a version, made from the inventory: nothing of the source's own words goes through.
import { createHash } from 'node:crypto';
import type { ModelAsset, ModelFile } from '../../../contract/index.ts';

const NO_OID = '0'.repeat(40);
const isLarge = ({ etag }: ModelFile): boolean => etag.length === 64;

/** The pointer that git keeps in place of a large file. */
function pointerOf({ etag, size }: ModelFile): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${etag}\nsize ${size}\n`;
}

function oidOf(file: ModelFile): string {
  if (!isLarge(file)) return file.etag;
  const pointer = pointerOf(file);
  return createHash('sha1').update(`blob ${pointer.length}\0${pointer}`).digest('hex');
}

function toEntry(asset: ModelAsset, file: ModelFile, expand: boolean): object {
  const { path, size, etag } = file;
  const date = asset.modified ?? asset.firstSeen;
  return {
    type: 'file',
    oid: oidOf(file),
    size,
    path,
    ...(isLarge(file) ? { lfs: { oid: etag, size, pointerSize: pointerOf(file).length } } : {}),
    ...(expand ? { lastCommit: { id: asset.revision, title: '', date } } : {}),
  };
}

/** The answer of `/api/models/...`. */
export function renderInfo(asset: ModelAsset, withBlobs: boolean): object {
  const id = asset.repo.replace(/^(?:datasets|spaces)\//, '');
  const author = id.includes('/') ? { author: id.split('/')[0] } : {};
  const siblings = asset.files.map((file) => {
    const { path, size, etag } = file;
    if (!withBlobs) return { rfilename: path };
    const lfs = isLarge(file) ? { lfs: { sha256: etag, size, pointerSize: pointerOf(file).length } } : {};
    return { rfilename: path, size, blobId: oidOf(file), ...lfs };
  });
  return {
    _id: asset.digest.slice(0, 24),
    id,
    modelId: id,
    ...author,
    sha: asset.revision,
    lastModified: asset.modified ?? asset.firstSeen,
    private: false,
    gated: false,
    disabled: false,
    downloads: asset.pulls,
    likes: 0,
    tags: asset.licence === undefined ? [] : [`license:${asset.licence}`],
    ...(asset.licence === undefined ? {} : { cardData: { license: asset.licence } }),
    siblings,
  };
}

/** The answer of `/tree/...`: files and folders at a place. */
export function renderTree(asset: ModelAsset, folder: string, recursive: boolean, expand: boolean): object[] {
  const prefix = folder === '' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const folders = new Set<string>();
  const out: object[] = [];
  for (const file of asset.files) {
    if (!file.path.startsWith(prefix)) continue;
    const rest = file.path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (recursive || slash === -1) out.push(toEntry(asset, file, expand));
    else folders.add(prefix + rest.slice(0, slash));
  }
  return [...[...folders].map((path) => ({ type: 'directory', oid: NO_OID, size: 0, path })), ...out];
}

/** The answer of `/paths-info/...`: of these paths those that there are. */
export function renderPaths(asset: ModelAsset, paths: readonly string[], expand: boolean): object[] {
  const wanted = new Set(paths);
  return asset.files.filter(({ path }) => wanted.has(path)).map((file) => toEntry(asset, file, expand));
}
