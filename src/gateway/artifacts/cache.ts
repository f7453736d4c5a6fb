// Files of models by content (SHA-256): those that may be served, apart from those that nobody has ruled on. A file gets its
// name when it is whole and on disk, so that a crash leaves rubbish and never half a model.
import { createHash } from 'node:crypto';
import { type BigIntStats, readdirSync, rmSync, statSync, mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AncileError, newId, systemCode } from '../../base/index.ts';
import { syncFolder } from '../../ledger/index.ts';

const BLOCK = 1 << 18;
/** A file that was just taken in or opened stays, however full it is, milliseconds. */
const FRESH_MS = 60_000;
const NAME = /^[0-9a-f]{64}$/;

/** A cached file is not what it is called any more. */
export class Tampered extends Error {
  override readonly name = 'Tampered';
}

export interface OpenBlob {
  readonly handle: FileHandle;
  readonly size: number;
}

export interface Cache {
  /** A path for a file that is being written. */
  temporary(): string;
  /** A folder of its own for a moment; remove it. */
  scratch(): Promise<string>;
  /** Takes in a whole file that was synced, for nobody to be served. */
  quarantine(path: string, sha256: string): Promise<void>;
  /** From now on it may be served. */
  promote(sha256: string): Promise<void>;
  has(sha256: string): boolean;
  /** Where it lies, to be scanned; undefined where it is not here. */
  find(sha256: string): string | undefined;
  /**
   * Opens a file to be served. The first time, and whenever it looks changed, its content is verified before.
   * @throws Tampered, after it was put aside
   * @throws AncileError `store_fault` where it is not (or no longer) among those that may be served
   */
  open(sha256: string): Promise<OpenBlob>;
  /** Lets go of the files that were not used for longest. */
  shrink(bytes: number): Promise<void>;
}

type Place = 'blobs' | 'quarantine';

interface Entry {
  place: Place;
  size: number;
  used: number;
  /** What it looked like when it was last verified. */
  seen?: string;
  /** On its way from quarantine. */
  moving?: Promise<void>;
}

const looks = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string => [ino, size, mtimeNs, ctimeNs].join(' ');

async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK);
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(block, 0, BLOCK, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(block.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Where a file lies that may be served. */
export function blobPath(dataDir: string, sha256: string): string {
  return join(dataDir, 'artifacts', 'blobs', sha256.slice(0, 2), sha256);
}

/** @throws AncileError `data_dir_unusable` */
export function openCache(dataDir: string): Cache {
  const root = join(dataDir, 'artifacts');
  const folders = { blobs: join(root, 'blobs'), quarantine: join(root, 'quarantine') };
  const temp = join(root, 'temp');
  const entries = new Map<string, Entry>();
  const pathOf = (place: Place, sha256: string): string => join(folders[place], sha256.slice(0, 2), sha256);

  try {
    // What a process that was killed had begun.
    rmSync(temp, { recursive: true, force: true });
    for (const folder of [temp, ...Object.values(folders)]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const place of ['quarantine', 'blobs'] as const) {
      for (const name of readdirSync(folders[place], { recursive: true, encoding: 'utf8' })) {
        const sha256 = name.slice(-64);
        if (!NAME.test(sha256)) continue;
        const { size, mtimeMs } = statSync(join(folders[place], name));
        entries.set(sha256, { place, size, used: mtimeMs });
      }
    }
  } catch (thrown) {
    throw new AncileError(
      'data_dir_unusable',
      `the folder ${root} cannot be used (${systemCode(thrown) ?? 'unknown'})`,
      {
        at: root,
        hint: 'Give dataDir a local folder that this user can write, with room on its disk.',
        cause: thrown,
      },
    );
  }

  async function move(from: string, to: string): Promise<void> {
    await mkdir(join(to, '..'), { recursive: true, mode: 0o700 });
    await rename(from, to);
    await syncFolder(join(to, '..'));
  }

  // It may have been let go a moment ago: that is no word on whether there is such a file.
  const absent = (): AncileError => new AncileError('store_fault', 'the file is not in the cache by now');

  return {
    temporary: () => join(temp, newId('part')),
    async scratch() {
      const folder = join(temp, newId('folder'));
      await mkdir(folder, { mode: 0o700 });
      return folder;
    },
    async quarantine(path, sha256) {
      if (entries.has(sha256)) {
        await rm(path, { force: true });
        return;
      }
      await move(path, pathOf('quarantine', sha256));
      const seen = await stat(pathOf('quarantine', sha256), { bigint: true });
      entries.set(sha256, { place: 'quarantine', size: Number(seen.size), used: Date.now() });
    },
    async promote(sha256) {
      const entry = entries.get(sha256);
      if (entry === undefined) throw absent();
      if (entry.place === 'blobs') return;
      entry.moving ??= move(pathOf('quarantine', sha256), pathOf('blobs', sha256)).then(
        () => void (entry.place = 'blobs'),
        (thrown: unknown) => {
          // It is fetched anew.
          entries.delete(sha256);
          throw thrown;
        },
      );
      await entry.moving;
    },
    has: (sha256) => entries.has(sha256),
    find(sha256) {
      const entry = entries.get(sha256);
      return entry === undefined ? undefined : pathOf(entry.place, sha256);
    },
    async open(sha256) {
      const entry = entries.get(sha256);
      if (entry?.place !== 'blobs') throw absent();
      const path = pathOf('blobs', sha256);
      let handle: FileHandle;
      try {
        handle = await open(path, 'r');
      } catch (thrown) {
        entries.delete(sha256);
        if (systemCode(thrown) === 'ENOENT') throw absent();
        throw thrown;
      }
      try {
        const before = looks(await handle.stat({ bigint: true }));
        if (entry.seen !== before) {
          const digest = await digestOf(handle);
          const after = looks(await handle.stat({ bigint: true }));
          if (digest !== sha256 || after !== before) {
            entries.delete(sha256);
            await rename(path, join(folders.quarantine, newId('tampered'))).catch(() => undefined);
            throw new Tampered(`the cached file ${sha256} was changed`);
          }
          entry.seen = after;
        }
        entry.used = Date.now();
        return { handle, size: entry.size };
      } catch (thrown) {
        await handle.close();
        throw thrown;
      }
    },
    async shrink(bytes) {
      let total = 0;
      for (const { size } of entries.values()) total += size;
      const oldest = [...entries].sort(([, a], [, b]) => a.used - b.used);
      for (const [sha256, { place, size, used }] of oldest) {
        if (total <= bytes || Date.now() - used < FRESH_MS) return;
        total -= size;
        entries.delete(sha256);
        // A file that is being served stays readable to whoever has it open.
        await rm(pathOf(place, sha256), { force: true });
      }
    },
  };
}
