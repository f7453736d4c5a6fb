// From an address that names a source and a file to the version that the file is of, as far as the key reaches.
import { type AccessKey, mayPull } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { ModelAsset, ModelFile } from '../../contract/index.ts';
import type { FrontParts } from './front.ts';
import { type ArtifactSource, isPlainPath } from './source.ts';

export interface FoundFile {
  readonly asset: ModelAsset;
  readonly file: ModelFile;
}

/** What a key is told that does not reach something, whether or not it is there. */
export function outOfScope(source: string, repo: string): AncileError {
  return new AncileError('forbidden', `the key may not pull ${source}:${repo}`, {
    hint: `A key is scoped with \`ancile key create --artifacts '${source}:${repo}'\`, or a pattern such as '${source}:*'.`,
  });
}

/** Whether the configuration and the key let a repository be pulled. */
export function reaches(source: ArtifactSource, key: AccessKey, repo: string): boolean {
  return source.permits(repo) && mayPull(key, `${source.name}:${repo}`);
}

/** Whether a pattern of the key may match something that begins so. */
export function mayBegin({ artifacts }: AccessKey, start: string): boolean {
  return artifacts.some((pattern) => {
    const literal = pattern.split('*', 1)[0]!;
    return literal.startsWith(start) || (pattern.includes('*') && start.startsWith(literal));
  });
}

/**
 * The source that an address below a front's own names, and the rest of it, decoded.
 * @param path - `/NAME/some/file.bin`, encoded, without query
 * @throws AncileError `not_found`
 */
export function findSource(
  sources: FrontParts['sources'],
  kind: string,
  path: string,
): { readonly source: ArtifactSource; readonly rest: string } {
  const [, name = '', encoded] = /^\/([^/]*)(?:\/(.*))?$/.exec(path) ?? [];
  const source = sources().get(name);
  if (source?.kind !== kind) throw new AncileError('not_found', 'no source is called that', { at: 'repository' });
  try {
    return { source, rest: decodeURIComponent(encoded ?? '') };
  } catch {
    throw new AncileError('request_invalid', 'the address is not encoded as addresses are');
  }
}

/**
 * The file at an address, by the first of its places that there is.
 * @throws AncileError `forbidden`, `not_found`, `upstream_*`
 */
export async function findFile(
  { gate }: Pick<FrontParts, 'gate'>,
  source: ArtifactSource,
  key: AccessKey,
  address: string,
): Promise<FoundFile> {
  const absent = new AncileError('not_found', 'there is no such file', { at: 'file' });
  if (!isPlainPath(address)) throw absent;
  const places = source.placesOf?.(address) ?? [];
  if (places.length === 0) throw absent;
  const reached = places.filter(({ repo }) => reaches(source, key, repo));
  if (reached.length === 0) throw outOfScope(source.name, places[0]!.repo);
  for (const { repo, path } of reached) {
    let asset: ModelAsset;
    try {
      asset = await gate.version(source, repo, 'main');
    } catch (thrown) {
      if (thrown instanceof AncileError && thrown.code === 'not_found') continue;
      throw thrown;
    }
    const file = asset.files.find((each) => each.path === path);
    if (file === undefined) throw absent;
    return { asset, file };
  }
  throw absent;
}
