// What the gate needs of a source of models, whatever it speaks: what a name stands for now, what that holds, and how a file of
// it is asked for.
import type { ImageSignature } from '../../attest/index.ts';
import { matchPattern } from '../../access/index.ts';
import type { AttestationKind, ModelFile } from '../../contract/index.ts';
import type { ExpectedContent } from './download.ts';
import type { Remote, RemoteRequest } from './remote.ts';

/** What a revision stands for: a version that never changes. */
export interface Listing {
  readonly repo: string;
  /** A commit or digest. */
  readonly revision: string;
  readonly files: readonly Pick<ModelFile, 'path' | 'size' | 'etag' | 'sha256'>[];
  readonly licence?: string;
  /** ISO 8601. */
  readonly modified?: string;
}

/** A file by the version that it is of. */
export interface Place {
  readonly repo: string;
  /** Within the repository. */
  readonly path: string;
}

export interface ArtifactSource {
  /** Its name in the configuration. */
  readonly name: string;
  readonly kind: string;
  readonly remote: Remote;
  readonly requireSignature: boolean;
  /** What must be attested of a version. */
  readonly require: readonly AttestationKind[];
  /** Whether the configuration lets this repository be asked for. */
  permits(repo: string): boolean;
  /** Whether a revision names one version for ever. */
  isFixed(revision: string): boolean;
  /** Where a file may lie, nearest first: of sources whose addresses do not say what is the repository. */
  placesOf?(address: string): readonly Place[];
  /**
   * Asks the source.
   * @throws AncileError `not_found`, `upstream_*`
   */
  resolve(repo: string, revision: string): Promise<Listing>;
  request(version: Pick<Listing, 'repo' | 'revision'>, file: Pick<ModelFile, 'path' | 'etag'>): RemoteRequest;
  /** Signatures that lie beside a version and not in it. @throws AncileError `upstream_*` */
  findSignatures?(version: Pick<Listing, 'repo' | 'revision'>): Promise<ImageSignature[]>;
  /** Whether a version is a signature of another, and needs none itself. */
  isSignature?(files: readonly Pick<ModelFile, 'path' | 'size'>[]): boolean;
  /** Whether clients unpack it as the root of a file system of its own. */
  isRoot?(file: Pick<ModelFile, 'path'>): boolean;
  /** What the file's content must be called, as far as the listing says. */
  expects(file: Pick<ModelFile, 'etag'>): ExpectedContent;
}

/** Whether a version must have a signature that counts before anybody gets it. */
export function demandsSignature(
  { requireSignature, isSignature }: Pick<ArtifactSource, 'requireSignature' | 'isSignature'>,
  { files }: { readonly files: readonly Pick<ModelFile, 'path' | 'size'>[] },
): boolean {
  return requireSignature && isSignature?.(files) !== true;
}

/** Whether the configuration lets a repository be asked for. */
export function createPermits(config: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): (repo: string) => boolean {
  const one = (patterns: readonly string[], repo: string): boolean =>
    patterns.some((pattern) => matchPattern(pattern, repo));
  return (repo) => one(config.include, repo) && !one(config.exclude, repo);
}

/** A path as it is written into an address: every character that has a meaning anywhere is encoded. */
export function encodePath(path: string): string {
  const encode = (part: string): string =>
    encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return path.split('/').map(encode).join('/');
}

const CONTROL = /[\u0000-\u001f\u007f\\]/;

/** Whether a path stays within its folder, on every system: it is joined to folders here and by every client. */
export function isPlainPath(path: string): boolean {
  if (path === '' || path.length > 1000 || CONTROL.test(path) || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/^[a-zA-Z]:/.test(part));
}
