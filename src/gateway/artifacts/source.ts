// What the gate needs of a source of models, whatever it speaks: what a name stands for now, what that holds, and how a file of
// it is asked for.
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
  /**
   * Asks the source.
   * @throws AncileError `not_found`, `upstream_*`
   */
  resolve(repo: string, revision: string): Promise<Listing>;
  request(version: Pick<Listing, 'repo' | 'revision'>, file: Pick<ModelFile, 'path' | 'etag'>): RemoteRequest;
  /** Whether clients unpack it as the root of a file system of its own. */
  isRoot?(file: Pick<ModelFile, 'path'>): boolean;
  /** What the file's content must be called, as far as the listing says. */
  expects(file: Pick<ModelFile, 'etag'>): ExpectedContent;
}

const CONTROL = /[\u0000-\u001f\u007f\\]/;

/** Whether a path stays within its folder, on every system: it is joined to folders here and by every client. */
export function isPlainPath(path: string): boolean {
  if (path === '' || path.length > 1000 || CONTROL.test(path) || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/^[a-zA-Z]:/.test(part));
}
