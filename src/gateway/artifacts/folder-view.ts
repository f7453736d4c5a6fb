// Files of the cache as a folder with their names, for what works on folders: for as long as it works, and no longer.
import { constants } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../../base/index.ts';
import type { Cache } from './cache.ts';

export interface NamedContent {
  /** Within the folder, with `/`; a plain path. */
  readonly path: string;
  /** Where there is none in the cache, the file is not in the folder. */
  readonly sha256?: string | undefined;
}

/** What no file can be placed for: the cache let it go, or the listing has two of one name. */
const MISSING = new Set(['ENOENT', 'EEXIST', 'ENOTDIR']);

async function place(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    // Never over another: that one is a file of the cache as well.
    await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_EXCL));
    return true;
  } catch (thrown) {
    if (MISSING.has(systemCode(thrown) ?? '')) return false;
    throw thrown;
  }
}

/** @param work - given the folder, whose files it only reads (they are those of the cache), and the paths it lacks */
export async function withFolder<T>(
  cache: Cache,
  files: readonly NamedContent[],
  work: (folder: string, lacks: readonly string[]) => Promise<T>,
): Promise<T> {
  const folder = await cache.scratch();
  try {
    const lacks: string[] = [];
    for (const { path, sha256 } of files) {
      const from = sha256 === undefined ? undefined : cache.find(sha256);
      if (from === undefined || !(await place(from, join(folder, path)))) lacks.push(path);
    }
    return await work(folder, lacks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
