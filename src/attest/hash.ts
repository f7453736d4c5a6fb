// Reads a model's files, several at once, a megabyte at a time, and gives the digest of each file or shard.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AncileError, systemCode } from '../base/index.ts';
import type { DigestCache } from './cache.ts';
import { HASH_NAMES, type Resource, type Serialization } from './manifest.ts';
import type { ModelFile } from './walk.ts';

const CHUNK = 1_048_576;
/** Files read at once: reading overlaps with hashing, which one core does. */
const AT_ONCE = 4;

export interface HashOptions {
  readonly cache?: DigestCache | undefined;
  /** Ends it: what was read by then is in the cache. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes are done and of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Hashed {
  /** By path. */
  readonly resources: ReadonlyMap<string, readonly Resource[]>;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly cached: number;
}

class Unreadable extends Error {}

/** The ends of a file's shards; of an empty file the one shard that is empty. */
function shardEnds(size: number, shardSize: number | undefined): number[] {
  if (shardSize === undefined || size <= shardSize) return [size];
  const ends: number[] = [];
  for (let end = shardSize; end < size; end += shardSize) ends.push(end);
  ends.push(size);
  return ends;
}

function toResources(path: string, size: number, how: Serialization, digests: readonly string[]): Resource[] {
  if (how.method === 'files') return [{ name: path, path, digest: digests[0]! }];
  let start = 0;
  return shardEnds(size, how.shardSize).map((end, i) => {
    const name = `${path}:${start}:${end}`;
    start = end;
    return { name, path, digest: digests[i]! };
  });
}

function isSame(a: ModelFile['stat'], b: ModelFile['stat']): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

async function readDigests(
  handle: FileHandle,
  size: number,
  how: Serialization,
  onChunk: (bytes: number) => void,
): Promise<string[]> {
  const buffers = [
    Buffer.allocUnsafe(Math.min(CHUNK, size + 1)),
    Buffer.allocUnsafe(Math.min(CHUNK, size + 1)),
  ] as const;
  const digests: string[] = [];
  const ends = shardEnds(size, how.shardSize);
  let hash = createHash(HASH_NAMES[how.hash]);
  let at = 0;
  const read = (index: number, from: number): Promise<number> =>
    handle.read(buffers[index as 0 | 1], 0, Math.min(CHUNK, size - from), from).then(({ bytesRead }) => bytesRead);
  let next = size === 0 ? undefined : read(0, 0);
  for (let index = 0; next !== undefined; index = 1 - index) {
    const length = await next;
    if (length === 0) throw new Unreadable('became shorter while it was read');
    // The next piece is on its way while this one is hashed.
    next = at + length < size ? read(1 - index, at + length) : undefined;
    let piece = buffers[index as 0 | 1].subarray(0, length);
    while (piece.length > 0) {
      const rest = ends[digests.length]! - at;
      const part = piece.subarray(0, rest);
      hash.update(part);
      at += part.length;
      piece = piece.subarray(part.length);
      if (at === ends[digests.length] && at < size) {
        digests.push(hash.digest('hex'));
        hash = createHash(HASH_NAMES[how.hash]);
      }
    }
    onChunk(length);
  }
  digests.push(hash.digest('hex'));
  return digests;
}

async function digestFile(
  file: ModelFile,
  how: Serialization,
  cache: DigestCache | undefined,
  onChunk: (bytes: number) => void,
): Promise<readonly string[]> {
  const readAt = Date.now();
  // Not through a link that was put there since, and not into a pipe.
  const handle = await open(file.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!isSame(await handle.stat({ bigint: true }), file.stat))
      throw new Unreadable('changed while the model was read');
    const digests = await readDigests(handle, Number(file.stat.size), how, onChunk);
    if (!isSame(await handle.stat({ bigint: true }), file.stat)) throw new Unreadable('changed while it was read');
    cache?.keep(file, how, digests, readAt);
    return digests;
  } finally {
    await handle.close();
  }
}

/**
 * The resources of these files.
 * @throws AncileError `shutting_down` when it was ended
 */
export async function hashFiles(
  files: readonly ModelFile[],
  how: Serialization,
  { cache, signal, onProgress }: HashOptions,
): Promise<Hashed> {
  const resources = new Map<string, readonly Resource[]>();
  const unreadable: { path: string; reason: string }[] = [];
  const total = files.reduce((sum, { stat }) => sum + Number(stat.size), 0);
  let done = 0;
  let cached = 0;
  let turn = 0;
  const note = (bytes: number): void => {
    done += bytes;
    onProgress?.(done, total);
    if (signal?.aborted === true) throw new AncileError('shutting_down', 'stopped before all of the model was read');
  };
  const work = async (): Promise<void> => {
    for (let file = files[turn++]; file !== undefined; file = files[turn++]) {
      const { path, stat } = file;
      try {
        let digests = cache?.find(file, how);
        if (digests?.length !== shardEnds(Number(stat.size), how.shardSize).length) digests = undefined;
        if (digests === undefined) digests = await digestFile(file, how, cache, note);
        else {
          cached++;
          note(Number(stat.size));
        }
        resources.set(path, toResources(path, Number(stat.size), how, digests));
      } catch (thrown) {
        if (thrown instanceof AncileError) {
          turn = files.length;
          throw thrown;
        }
        const reason =
          thrown instanceof Unreadable ? thrown.message : `cannot be read (${systemCode(thrown) ?? 'unknown'})`;
        unreadable.push({ path, reason });
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const broken = ends.find((end) => end.status === 'rejected');
  cache?.save(how, broken === undefined);
  if (broken !== undefined) throw broken.reason;
  return { resources, unreadable, cached };
}
