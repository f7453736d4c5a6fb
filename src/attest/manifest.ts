// What a model is to a signature: its files or shards by name and digest, and the one digest over them all.
import { createHash } from 'node:crypto';

/** How files become resources; recorded in the signature, so that a verifier does the same. */
export interface Serialization {
  readonly method: 'files' | 'shards';
  readonly hash: HashName;
  /** Of shards: bytes of each but the last of a file. */
  readonly shardSize?: number;
  readonly allowSymlinks: boolean;
  /** Relative to the model, with `/`; a folder means all in it. */
  readonly ignorePaths: readonly string[];
}

/** Hashes of files, by the names of model signing and those of OpenSSL. */
export const HASH_NAMES = { sha256: 'sha256', blake2b: 'blake2b512' } as const;
export type HashName = keyof typeof HASH_NAMES;

/** A file, or a shard of one. */
export interface Resource {
  /** `path`, or `path:start:end`. */
  readonly name: string;
  /** Relative to the model, with `/`. */
  readonly path: string;
  /** Hex. */
  readonly digest: string;
}

/** Left out of every model, at its root, and its own signature. */
export const IGNORED_ALWAYS: readonly string[] = ['.git', '.gitattributes', '.github', '.gitignore'];
export const SIGNATURE_NAME = 'model.sig';

/** Attestations that lie beside a model's files, at its root. */
const STATEMENT = /^[^/]+\.intoto\.jsonl?$/;

export function isStatementFile(path: string): boolean {
  return STATEMENT.test(path);
}

/** In the order of code points, as Python and Go sort; JavaScript's own order is that of UTF-16. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/** The digest over all resources, in their order: SHA-256 over their digests as bytes. */
export function rootDigest(resources: Iterable<{ readonly digest: string }>): string {
  const hash = createHash('sha256');
  for (const { digest } of resources) hash.update(digest, 'hex');
  return hash.digest('hex');
}

/**
 * The digest of a model whose files' digests (SHA-256, hex) are known: what `digestModel` makes of its folder, where the
 * attestations in it are left out.
 */
export function contentDigest(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  const left = new Set([...IGNORED_ALWAYS, SIGNATURE_NAME]);
  const resources = files
    .filter(({ path }) => !isUnder(path, left) && !isStatementFile(path))
    .map(({ path, sha256 }) => ({ name: path, digest: sha256 }));
  return rootDigest(resources.sort(byName));
}

/** How the reference names the hash of a resource. */
export function algorithmOf({ method, hash, shardSize }: Serialization): string {
  return method === 'files' ? hash : `${hash}-sharded-${shardSize}`;
}

/** Whether a path is one of these, or in one of these folders. */
export function isUnder(path: string, roots: ReadonlySet<string>): boolean {
  if (roots.size === 0) return false;
  for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (roots.has(path.slice(0, at))) return true;
  }
  return false;
}

/** A path in canonical form: no `.`, no empty parts; undefined where it leads out or is the model itself. */
export function toRelative(path: string): string | undefined {
  if (path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : parts.join('/');
}
