// A model as it lies on the disk, in the terms of a signature.
import { basename, isAbsolute } from 'node:path';
import { AncileError } from '../base/index.ts';
import { DigestCache } from './cache.ts';
import { type HashOptions, hashFiles } from './hash.ts';
import {
  IGNORED_ALWAYS,
  SIGNATURE_NAME,
  type Serialization,
  byName,
  isUnder,
  rootDigest,
  toRelative,
} from './manifest.ts';
import type { SignedModel } from './statement.ts';
import { locateModel, walkModel, withinModel } from './walk.ts';

export interface DigestOptions extends Omit<HashOptions, 'cache'> {
  /** Files and folders to leave out, relative to the model. They are recorded. */
  readonly ignore?: readonly string[] | undefined;
  /** Files of the system that are left out where they lie in the model: its signature, attestations. */
  readonly ignoreFiles?: readonly string[] | undefined;
  /** Follow links to files within the model; they are refused otherwise. */
  readonly allowSymlinks?: boolean | undefined;
  /** Bytes of a shard: each is a resource of its own; without it each file is. */
  readonly shardSize?: number | undefined;
  /** Folder of the digest cache; without it every byte is read. */
  readonly cache?: string | undefined;
}

export interface DigestedModel extends SignedModel {
  readonly bytes: number;
  /** Files that the cache answered for. */
  readonly cached: number;
}

/** Paths as a user gives them, relative to the model. @throws AncileError `usage` for one outside */
export function toIgnored(root: string, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const inside = isAbsolute(path) ? withinModel(root, path) : toRelative(path);
    if (inside !== undefined) return inside;
    const hint = 'Name what to leave out relative to the model.';
    throw new AncileError('usage', `${path} is not within the model`, { at: path, hint });
  });
}

/** The files of the system that lie in the model, in its own terms. */
export function toInside(root: string, files: readonly string[]): string[] {
  return files.map((file) => withinModel(root, file)).filter((path) => path !== undefined);
}

/**
 * The digest of a model, as its signature would have it, and those of its files.
 * @param model - a folder, or one file
 * @throws AncileError `not_found`; `usage` where there is something that cannot be signed, or nothing
 */
export async function digestModel(model: string, options: DigestOptions = {}): Promise<DigestedModel> {
  const root = locateModel(model);
  const { shardSize, allowSymlinks = false, ignore = [], ignoreFiles = [], cache, ...hashing } = options;
  if (shardSize !== undefined && !(Number.isSafeInteger(shardSize) && shardSize > 0)) {
    throw new AncileError('usage', 'a shard has a size of at least one byte', { at: 'shardSize' });
  }
  const left = [...IGNORED_ALWAYS, SIGNATURE_NAME, ...toIgnored(root, ignore), ...toInside(root, ignoreFiles)];
  const ignored = new Set(left);
  const serialization: Serialization = {
    method: shardSize === undefined ? 'files' : 'shards',
    hash: 'sha256',
    ...(shardSize === undefined ? {} : { shardSize }),
    allowSymlinks,
    ignorePaths: [...ignored].sort(),
  };
  const walked = walkModel(root, { allowSymlinks, isIgnored: (path) => isUnder(path, ignored) });
  const [refused] = walked.refused;
  if (refused !== undefined) {
    const more = walked.refused.length > 1 ? `, and so are ${walked.refused.length - 1} more` : '';
    throw new AncileError('usage', `${refused.path} ${refused.reason}${more}`, {
      at: refused.path,
      hint: 'Take it out of the model, leave it out (--ignore), or follow links within the model (--allow-symlinks).',
    });
  }
  if (walked.files.length === 0) {
    throw new AncileError('usage', 'there is no file in the model', {
      at: model,
      hint: 'Name the folder of its files.',
    });
  }
  // The reference splits the name of a shard at every colon.
  const colon = shardSize === undefined ? undefined : walked.files.find(({ path }) => path.includes(':'));
  if (colon !== undefined) {
    throw new AncileError('usage', `${colon.path} has a colon, which the names of shards do not allow`, {
      at: colon.path,
      hint: 'Sign by files.',
    });
  }
  const store = cache === undefined ? undefined : new DigestCache(cache, root);
  const { resources, unreadable, cached } = await hashFiles(walked.files, serialization, { ...hashing, cache: store });
  const [broken] = unreadable;
  if (broken !== undefined) throw new AncileError('usage', `${broken.path} ${broken.reason}`, { at: broken.path });
  const sorted = [...resources.values()].flat().sort(byName);
  return {
    name: basename(root),
    digest: rootDigest(sorted),
    serialization,
    resources: sorted,
    bytes: walked.files.reduce((sum, { stat }) => sum + Number(stat.size), 0),
    cached,
  };
}
