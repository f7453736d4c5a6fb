// An OCI registry as a source: a version is what a manifest's digest names, its files are the manifest, the configuration and the
// layers.
import { matchPattern } from '../../../access/index.ts';
import { AncileError } from '../../../base/index.ts';
import type { OciSource as OciSourceConfig } from '../../../contract/index.ts';
import { type Remote, type RemoteRequest, header } from '../remote.ts';
import type { ArtifactSource } from '../source.ts';
import { MANIFEST_TYPES, MOST_MANIFEST, isImageLayer, isSignatureOnly, manifestOf, parseManifest } from './manifest.ts';
import { isDigest, isRepo, toDigest } from './names.ts';
import { fetchSignatures } from './signatures.ts';

export interface OciSource extends ArtifactSource {
  readonly kind: 'oci';
  /** How long a manifest waits for the decision on all its files, milliseconds. */
  readonly wait: number;
  /** Most files of a version. */
  readonly mostFiles: number;
}

export const isOciSource = (source: ArtifactSource): source is OciSource => source.kind === 'oci';

export const ACCEPT = MANIFEST_TYPES.join(', ');

/** What tokens for reading a repository are asked for. */
export const pullScope = (repo: string): string => `repository:${repo}:pull`;

/** @throws AncileError for every answer that is not one that was asked for */
export function checkAnswer(status: number, what: 'repository' | 'manifest', expected: readonly number[]): void {
  if (expected.includes(status)) return;
  if (status === 404) throw new AncileError('not_found', `the source has no such ${what}`, { at: what });
  if (status === 401 || status === 403) {
    throw new AncileError('upstream_refused', 'the source does not give this repository', { at: what });
  }
  throw new AncileError('upstream_malformed', `the source answered ${status}`);
}

export function createOciSource(name: string, config: OciSourceConfig, remote: Remote, mostFiles: number): OciSource {
  const manifestRequest = (repo: string, reference: string): RemoteRequest => ({
    path: `/v2/${repo}/manifests/${reference}`,
    headers: { accept: ACCEPT },
    scope: pullScope(repo),
  });

  const blobRequest = (repo: string, digest: string): RemoteRequest => ({
    path: `/v2/${repo}/blobs/${digest}`,
    scope: pullScope(repo),
  });

  return {
    name,
    kind: 'oci',
    remote,
    wait: config.wait,
    mostFiles,
    requireSignature: config.requireSignature,
    isSignature: isSignatureOnly,
    findSignatures: ({ repo, revision }) =>
      fetchSignatures(
        remote,
        { manifest: (reference) => manifestRequest(repo, reference), blob: (digest) => blobRequest(repo, digest) },
        revision,
      ),
    require: config.require,
    permits: (repo) =>
      isRepo(repo) &&
      config.include.some((pattern) => matchPattern(pattern, repo)) &&
      !config.exclude.some((pattern) => matchPattern(pattern, repo)),
    isFixed: isDigest,
    async resolve(repo, revision) {
      const { status, headers, body } = await remote.collect(manifestRequest(repo, revision), MOST_MANIFEST);
      checkAnswer(status, 'manifest', [200]);
      const contentType = header(headers, 'content-type');
      const { listing } = parseManifest(body, { repo, mostFiles, contentType, code: 'upstream_malformed' });
      const told = header(headers, 'docker-content-digest');
      const wrong = [revision, told].some((each) => each !== undefined && isDigest(each) && each !== listing.revision);
      if (wrong) throw new AncileError('upstream_malformed', 'the source answered with another manifest');
      return listing;
    },
    request({ repo }, file) {
      // A file that is known at all has its digest; the manifest is one of its own kind of address.
      const digest = toDigest(file.etag);
      if (manifestOf([file]) !== undefined) return manifestRequest(repo, digest);
      return blobRequest(repo, digest);
    },
    isRoot: ({ path }) => isImageLayer(path),
    expects: ({ etag }) => ({ sha256: etag }),
  };
}
