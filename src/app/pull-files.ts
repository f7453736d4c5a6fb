// A whole version through the gate: every file fetched, decided upon and on record, or none of it for whoever asks.
import { AncileError } from '../base/index.ts';
import type { ModelAsset, Principal, PulledFiles } from '../contract/index.ts';
import { type ArtifactSource, type Gate, type Passed, type Refused, isOciIndex } from '../gateway/index.ts';

export interface PullParts {
  readonly gate: Gate;
  readonly sources: ReadonlyMap<string, ArtifactSource>;
  readonly principal: Principal;
}

/** Told of each file that passed, with how many there are. */
export type OnFile = (path: string, done: number, all: number) => void;

/** `hub:org/model@main` in its parts. @throws AncileError `usage` */
function parseName(name: string): { source: string; repo: string; revision: string | undefined } {
  const [, source, repo, revision] = /^([a-z0-9-]+):([^@]+)(?:@(.+))?$/.exec(name) ?? [];
  if (source !== undefined && repo !== undefined) return { source, repo, revision };
  throw new AncileError('usage', 'expected SOURCE:REPOSITORY[@REVISION], such as hub:org/model@main', { at: name });
}

/** What a name means. @throws AncileError `usage`, `not_found` */
export function findVersion(
  sources: PullParts['sources'],
  name: string,
): { source: ArtifactSource; repo: string; revision: string } {
  const { source: sourceName, repo, revision } = parseName(name);
  const source = sources.get(sourceName);
  if (source?.permits(repo) === true) {
    return { source, repo, revision: revision ?? (source.kind === 'oci' ? 'latest' : 'main') };
  }
  const hint = `Sources are the names under artifacts.sources: ${[...sources.keys()].join(', ') || 'there is none'}.`;
  throw new AncileError('not_found', `there is no ${sourceName}:${repo} in the configuration`, { at: name, hint });
}

/** An index names versions and holds nothing. @throws AncileError `usage` */
function checkWhole(source: ArtifactSource, asset: ModelAsset): void {
  if (source.kind !== 'oci' || !isOciIndex(asset)) return;
  throw new AncileError('usage', 'this is an index of several versions: pull one of them by its digest', {
    at: asset.id,
    hint: 'skopeo inspect --raw, or docker manifest inspect, shows what it names.',
  });
}

/** Looks at the cached content once more; why it may not be had, where it was changed. */
async function verify(gate: Gate, passed: Passed): Promise<Refused | undefined> {
  const opened = await gate.open(passed);
  if ('ok' in opened) return opened;
  await opened.handle.close();
  return undefined;
}

/**
 * Takes all files of a version through the gate; they are in the cache then.
 * @throws AncileError `usage`, `not_found`, `upstream_*`, `ledger_fault`
 */
export async function pullFiles(
  { gate, sources, principal }: PullParts,
  name: string,
  onFile: OnFile,
): Promise<PulledFiles> {
  const { source, repo, revision } = findVersion(sources, name);
  const asset = await gate.version(source, repo, revision);
  checkWhole(source, asset);
  const refusedAs = ({ message, findings }: Refused): PulledFiles => {
    return { model: asset.id, ok: false, refused: message, findings: [...findings], files: [] };
  };
  const known = gate.refusal(asset);
  if (known !== undefined) return refusedAs(known);
  const passed: Passed[] = [];
  for (const { path } of asset.files) {
    const result = await gate.pass(source, asset, path, principal);
    const refused = result.ok ? await verify(gate, result) : result;
    if (refused !== undefined || !result.ok) {
      await gate.recordRefusal(asset, path, principal, refused!);
      return refusedAs(refused!);
    }
    passed.push(result);
    onFile(path, passed.length, asset.files.length);
  }
  for (const each of passed) {
    const begun = await gate.begin(asset, each, principal, each.file.size);
    if ('ok' in begun) return refusedAs(begun);
  }
  const files = passed.map(({ file }) => ({ path: file.path, sha256: file.sha256 }));
  return { model: asset.id, ok: true, findings: [], files };
}
