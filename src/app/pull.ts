// A model pulled by the owner of the data folder: by the server that runs on it, or, where none does, through the same gate with the
// same configuration, data folder and records.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LoadedConfig } from '../config/index.ts';
import type { ModelFinding, Principal, PulledFiles } from '../contract/index.ts';
import { blobPath, createAdminClient } from '../gateway/index.ts';
import { indexRecords } from '../ledger/index.ts';
import { openArtifactSources } from './artifact-sources.ts';
import { Closers } from './closers.ts';
import { dataDirPath, openDataDir } from './data-dir.ts';
import { openPolicies } from './policies.ts';
import { type OnFile, findVersion, pullFiles } from './pull-files.ts';
import { openRegistry } from './registry.ts';

/** Who pulls, for policies and the record. */
const OWNER: Principal = { id: 'cli (offline)', kind: 'person', name: 'cli (offline)', tenant: 'default' };

export interface PulledModel {
  /** `source:repo@revision`. */
  readonly model: string;
  readonly ok: boolean;
  /** Why not. */
  readonly refused?: string | undefined;
  readonly findings: readonly ModelFinding[];
  /** Paths that were written, below the folder. */
  readonly files: readonly string[];
}

async function pullOffline(loaded: LoadedConfig, name: string, closers: Closers, onFile: OnFile): Promise<PulledFiles> {
  const sources = openArtifactSources(loaded);
  for (const { remote } of sources.values()) closers.add(() => remote.close());
  // Before a data folder is made where none was meant.
  findVersion(sources, name);
  const policies = openPolicies(loaded);
  const data = await openDataDir(loaded, () => undefined);
  closers.add(() => data.close());
  const index = indexRecords(data.store, data.ledger);
  closers.add(() => index.stop());
  const registry = openRegistry({
    data,
    append: (body) => data.ledger.append(body),
    loaded: () => loaded,
    policies: () => policies,
    onFault: () => undefined,
  });
  closers.add(() => registry.close());
  await index.caughtUp();
  await registry.recall();
  return pullFiles({ gate: registry.gate, sources, principal: OWNER }, name, onFile);
}

/** What the server that owns the folder pulled; undefined where there is none. */
async function pullByServer(loaded: LoadedConfig, name: string, onFile: OnFile): Promise<PulledFiles | undefined> {
  const client = await createAdminClient(dataDirPath(loaded));
  if (client === undefined) return undefined;
  try {
    for (;;) {
      const { done, all, result } = await client.pullModel({ name });
      if (result !== undefined) return result;
      onFile('', done, all);
    }
  } finally {
    await client.close();
  }
}

/**
 * Pulls all files of a version into a folder. Nothing of it is written unless every file may be had.
 * @param onFile - told how far it is; the path is empty where a server pulls
 * @throws AncileError `usage`, `not_found`, `upstream_*`
 */
export async function pullModel(
  loaded: LoadedConfig,
  name: string,
  folder: string,
  onFile: OnFile = () => undefined,
): Promise<PulledModel> {
  const closers = new Closers();
  try {
    const pulled = (await pullByServer(loaded, name, onFile)) ?? (await pullOffline(loaded, name, closers, onFile));
    for (const { path, sha256 } of pulled.files) {
      const to = join(folder, path);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(blobPath(dataDirPath(loaded), sha256), to);
    }
    return { ...pulled, files: pulled.files.map(({ path }) => path) };
  } finally {
    await closers.close();
  }
}
