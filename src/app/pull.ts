// A model pulled without a server: through the same gate, with the same configuration, data folder and records.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AncileError } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { ModelAsset, ModelFinding, Principal } from '../contract/index.ts';
import { type ArtifactSource, type Gate, type Passed, type Refused, isOciIndex } from '../gateway/index.ts';
import { openArtifactSources } from './artifact-sources.ts';
import { Closers } from './closers.ts';
import { openDataDir } from './data-dir.ts';
import { openPolicies } from './policies.ts';
import { openRegistry } from './registry.ts';

/** Who pulls, for policies and the record. */
const OWNER: Principal = { id: 'cli (offline)', kind: 'person', name: 'cli (offline)', tenant: 'default' };

export interface PulledModel {
  /** `source:repo@revision`. */
  readonly model: string;
  readonly ok: boolean;
  /** Why not. */
  readonly refused?: string;
  readonly findings: readonly ModelFinding[];
  /** Paths that were written, below the folder. */
  readonly files: readonly string[];
}

/** `hub:org/model@main` in its parts. */
function parseName(name: string): { source: string; repo: string; revision: string | undefined } {
  const [, source, repo, revision] = /^([a-z0-9-]+):([^@]+)(?:@(.+))?$/.exec(name) ?? [];
  if (source !== undefined && repo !== undefined) return { source, repo, revision };
  throw new AncileError('usage', 'expected SOURCE:REPOSITORY[@REVISION], such as hub:org/model@main', { at: name });
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
 * Pulls all files of a version into a folder. Nothing of it is written unless every file may be had.
 * @param onFile - told of each file that passed, with how many there are
 * @throws AncileError `usage`, `not_found`, `upstream_*`, `data_dir_owned` where a server runs
 */
export async function pullModel(
  loaded: LoadedConfig,
  name: string,
  folder: string,
  onFile: (path: string, done: number, all: number) => void = () => undefined,
): Promise<PulledModel> {
  const { source: sourceName, repo, revision } = parseName(name);
  const closers = new Closers();
  try {
    const sources = openArtifactSources(loaded);
    for (const { remote } of sources.values()) closers.add(() => remote.close());
    const source = sources.get(sourceName);
    if (source === undefined || !source.permits(repo)) {
      const hint = `Sources are the names under artifacts.sources: ${[...sources.keys()].join(', ') || 'there is none'}.`;
      throw new AncileError('not_found', `there is no ${sourceName}:${repo} in the configuration`, { at: name, hint });
    }
    const policies = openPolicies(loaded);
    const data = await openDataDir(loaded, () => undefined);
    closers.add(() => data.close());
    const registry = openRegistry({
      data,
      append: (body) => data.ledger.append(body),
      loaded: () => loaded,
      policies: () => policies,
      onFault: () => undefined,
    });
    closers.add(() => registry.close());
    const { gate } = registry;
    const asset = await gate.version(source, repo, revision ?? (source.kind === 'oci' ? 'latest' : 'main'));
    checkWhole(source, asset);
    const refusedAs = ({ message, findings }: Refused): PulledModel => {
      return { model: asset.id, ok: false, refused: message, findings, files: [] };
    };
    const known = gate.refusal(asset);
    if (known !== undefined) return refusedAs(known);
    const passed: Passed[] = [];
    for (const { path } of asset.files) {
      const result = await gate.pass(source, asset, path, OWNER);
      const refused = result.ok ? await verify(gate, result) : result;
      if (refused !== undefined || !result.ok) {
        await gate.recordRefusal(asset, path, OWNER, refused!);
        return refusedAs(refused!);
      }
      passed.push(result);
      onFile(path, passed.length, asset.files.length);
    }
    for (const each of passed) {
      const begun = await gate.begin(asset, each, OWNER, each.file.size);
      if ('ok' in begun) return refusedAs(begun);
    }
    for (const { file } of passed) {
      const to = join(folder, file.path);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(registry.cache.find(file.sha256)!, to);
    }
    return { model: asset.id, ok: true, findings: [], files: passed.map(({ file }) => file.path) };
  } finally {
    await closers.close();
  }
}
