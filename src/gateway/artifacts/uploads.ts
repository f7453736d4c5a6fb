// Content that is being pushed, before it belongs to a version: apart from the cache, of the key that sent it, and gone with
// the process. What is half sent, or sent and used for nothing, costs room for a bounded time.
import { type Hash, createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AncileError, type Clock, newId, systemCode } from '../../base/index.ts';
import type { Artifacts } from '../../contract/index.ts';

const SWEEP_MS = 30_000;

/** Whose it is: a key, and the repository that it is for. */
export interface UploadPlace {
  readonly key: string;
  /** `source:repo`. */
  readonly repo: string;
}

export interface Upload {
  readonly id: string;
  /** Bytes so far. */
  readonly size: number;
}

export interface Uploads {
  /** @throws AncileError `overloaded` where there are too many */
  begin(place: UploadPlace): Promise<Upload>;
  /** @throws AncileError `not_found` */
  find(place: UploadPlace, id: string): Upload;
  /**
   * Adds what comes.
   * @param from - where it is to begin; undefined for where the upload ends
   * @throws AncileError `request_invalid` for another place, `conflict` while something is being added, `body_too_large`,
   *   `overloaded` where the disk has its share, `data_dir_unusable`; what came until then stays
   */
  add(place: UploadPlace, id: string, from: number | undefined, body: Readable): Promise<Upload>;
  /**
   * Ends it.
   * @throws AncileError `request_invalid` where it is not what it is called, `overloaded` where its key has sent more than a version
   *   may hold: then it is gone
   */
  finish(place: UploadPlace, id: string, sha256: string): Promise<void>;
  cancel(place: UploadPlace, id: string): Promise<void>;
  /** Of whole content, its size. */
  has(place: UploadPlace, sha256: string): number | undefined;
  /** Where whole content lies. */
  path(place: UploadPlace, sha256: string): string | undefined;
  close(): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly place: UploadPlace;
  readonly path: string;
  readonly begun: number;
  readonly file: FileHandle;
  readonly hash: Hash;
  size: number;
  /** What is adding to it. */
  body: Readable | undefined;
  /** What it holds was held against its digest: nothing comes to it any more. */
  ending: boolean;
}

interface Whole {
  readonly path: string;
  readonly size: number;
  readonly begun: number;
}

const wholeKey = ({ key, repo }: UploadPlace, sha256: string): string => `${key} ${repo} ${sha256}`;

export interface UploadParts {
  readonly dataDir: string;
  readonly limits: () => Pick<Artifacts['limits'], 'uploads' | 'fileBytes' | 'files'>;
  readonly clock: Clock;
}

/** @throws Error of the file system */
export function openUploads({ dataDir, limits, clock }: UploadParts): Uploads {
  const folder = join(dataDir, 'artifacts', 'uploads');
  // What a process that ended had taken in: its clients begin anew.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const entries = new Map<string, Entry>();
  const wholes = new Map<string, Whole>();
  let bytes = 0;

  function checkFree({ body, ending }: Entry): void {
    if (body === undefined && !ending) return;
    throw new AncileError('conflict', 'something is being done to this upload', { at: 'upload' });
  }

  /** Of whole contents one costs a file, however small it is. */
  function checkRoom(key: string, place: UploadPlace): void {
    const { files } = limits();
    const own = [...wholes.keys()].filter((each) => each.startsWith(`${place.key} `)).length;
    if (wholes.has(key) || own < files) return;
    throw new AncileError('overloaded', `the key has sent ${files} contents that no manifest was put for`, {
      hint: 'artifacts.limits.files says how many a version may have; what is used for nothing expires.',
    });
  }

  function find({ key, repo }: UploadPlace, id: string): Entry {
    const entry = entries.get(id);
    // Another's is not told from one that is not there.
    if (entry !== undefined && entry.place.key === key && entry.place.repo === repo) return entry;
    throw new AncileError('not_found', 'there is no such upload (any more)', { at: 'upload', hint: 'Begin it anew.' });
  }

  async function drop(entry: Entry): Promise<void> {
    if (!entries.delete(entry.id)) return;
    bytes -= entry.size;
    entry.body?.destroy();
    await entry.file.close().catch(() => undefined);
    await rm(entry.path, { force: true });
  }

  async function forget(key: string, { path, size }: Whole): Promise<void> {
    wholes.delete(key);
    bytes -= size;
    await rm(path, { force: true });
  }

  async function sweep(): Promise<void> {
    const oldest = clock() - limits().uploads.expires;
    for (const entry of [...entries.values()]) if (entry.begun <= oldest) await drop(entry);
    for (const [key, whole] of [...wholes]) if (whole.begun <= oldest) await forget(key, whole);
  }
  // A file that cannot be removed now is tried again by nobody, and goes at the next start.
  const timer = setInterval(() => void sweep().catch(() => undefined), SWEEP_MS).unref();

  async function write(entry: Entry, chunk: Buffer): Promise<void> {
    const { fileBytes, uploads } = limits();
    if (entry.size + chunk.length > fileBytes) {
      throw new AncileError('body_too_large', `the file is larger than ${fileBytes} bytes`, {
        hint: 'artifacts.limits.fileBytes says how large one may be.',
      });
    }
    if (bytes + chunk.length > uploads.bytes) {
      throw new AncileError('overloaded', 'there is no room for more uploads now', {
        hint: 'artifacts.limits.uploads.bytes says how much room there is.',
      });
    }
    bytes += chunk.length;
    let done = 0;
    try {
      while (done < chunk.length) {
        const { bytesWritten } = await entry.file.write(chunk, done, chunk.length - done, entry.size + done);
        done += bytesWritten;
      }
    } catch (thrown) {
      bytes -= chunk.length;
      if (!entries.has(entry.id)) throw new AncileError('not_found', 'the upload has ended', { at: 'upload' });
      throw new AncileError('data_dir_unusable', `the upload cannot be written (${systemCode(thrown) ?? 'unknown'})`, {
        cause: thrown,
      });
    }
    entry.hash.update(chunk);
    entry.size += chunk.length;
  }

  return {
    async begin(place) {
      const { atOnce, perKey } = limits().uploads;
      await sweep();
      const own = [...entries.values()].filter((entry) => entry.place.key === place.key).length;
      if (entries.size >= atOnce || own >= perKey) {
        throw new AncileError('overloaded', 'too many uploads are under way', {
          hint: 'artifacts.limits.uploads says how many there may be; those that are not ended expire.',
        });
      }
      const id = newId('upload', clock());
      const path = join(folder, id);
      const file = await open(path, 'wx', 0o600);
      const hash = createHash('sha256');
      const entry = { id, place, path, begun: clock(), file, hash, size: 0, body: undefined, ending: false };
      entries.set(id, entry);
      return entry;
    },
    find,
    async add(place, id, from, body) {
      const entry = find(place, id);
      checkFree(entry);
      if (from !== undefined && from !== entry.size) {
        throw new AncileError('request_invalid', `the upload goes on at byte ${entry.size}`, { at: 'range' });
      }
      entry.body = body;
      try {
        // A request that is destroyed takes its connection with it, and nobody would be told why.
        const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
        for await (const chunk of chunks) await write(entry, chunk);
      } finally {
        entry.body = undefined;
      }
      return entry;
    },
    async finish(place, id, sha256) {
      const entry = find(place, id);
      checkFree(entry);
      entry.ending = true;
      const key = wholeKey(place, sha256);
      try {
        if (entry.hash.copy().digest('hex') !== sha256) {
          throw new AncileError('request_invalid', 'the content is not what its digest says', { at: 'digest' });
        }
        checkRoom(key, place);
        await entry.file.sync();
      } catch (thrown) {
        await drop(entry);
        throw thrown;
      }
      if (!entries.delete(id)) find(place, id);
      await entry.file.close();
      const before = wholes.get(key);
      wholes.set(key, { path: entry.path, size: entry.size, begun: entry.begun });
      if (before === undefined) return;
      bytes -= before.size;
      await rm(before.path, { force: true });
    },
    cancel: (place, id) => drop(find(place, id)),
    has: (place, sha256) => wholes.get(wholeKey(place, sha256))?.size,
    path: (place, sha256) => wholes.get(wholeKey(place, sha256))?.path,
    async close() {
      clearInterval(timer);
      for (const entry of [...entries.values()]) await drop(entry);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
