// The files of a model, by its folder: names as a signature has them, and what cannot be signed.
import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';

export interface ModelFile {
  /** Relative to the model, with `/`. */
  readonly path: string;
  /** Where its bytes are: of a link its target. */
  readonly absolute: string;
  readonly stat: BigIntStats;
}

export interface Walked {
  readonly files: readonly ModelFile[];
  /** What can be neither signed nor verified, and why. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
  /** Files and folders that were left out; of a folder its own name alone. */
  readonly ignored: readonly string[];
}

export interface WalkOptions {
  readonly allowSymlinks: boolean;
  /** Whether a file, or all of a folder, is left out. */
  readonly isIgnored: (path: string) => boolean;
}

/** The model's own place. @throws AncileError `not_found` */
export function locateModel(model: string): string {
  try {
    return realpathSync(model);
  } catch (cause) {
    const hint = 'Name the folder or the file of a model.';
    throw new AncileError('not_found', `${model} is not there`, { at: model, hint, cause });
  }
}

/** A path of the system within the model's folder, in the model's own terms; undefined for one outside. */
export function withinModel(root: string, path: string): string | undefined {
  let real = path;
  try {
    real = realpathSync(path);
  } catch {
    // Not there yet: its folder may be a link all the same.
    try {
      real = join(realpathSync(join(path, '..')), basename(path));
    } catch {
      return undefined;
    }
  }
  const inside = relative(root, real).split(sep).join('/');
  return inside === '' || inside.startsWith('../') || inside === '..' ? undefined : inside;
}

function followLink(root: string, absolute: string): { absolute: string; stat: BigIntStats } | string {
  let target: string;
  let stat: BigIntStats;
  try {
    target = realpathSync(absolute);
    stat = statSync(target, { bigint: true });
  } catch {
    return 'is a symbolic link that leads nowhere';
  }
  if (!target.startsWith(root + sep)) return 'is a symbolic link that leads out of the model';
  // Its files are signed where they are; the implementations differ on whether they are to be signed here as well.
  if (stat.isDirectory()) return 'is a symbolic link to a folder';
  return { absolute: target, stat };
}

/**
 * Walks a model. Links are refused unless they are allowed, and then followed to files within the model only.
 * @param root - the model's own place, as `locateModel` says it
 */
export function walkModel(root: string, { allowSymlinks, isIgnored }: WalkOptions): Walked {
  const files: ModelFile[] = [];
  const refused: { path: string; reason: string }[] = [];
  const ignored: string[] = [];
  const look = (path: string, absolute: string): void => {
    let stat: BigIntStats;
    try {
      stat = lstatSync(absolute, { bigint: true });
    } catch (thrown) {
      refused.push({ path, reason: `cannot be read (${systemCode(thrown) ?? 'unknown'})` });
      return;
    }
    let place = absolute;
    if (stat.isSymbolicLink()) {
      const found = allowSymlinks ? followLink(root, absolute) : 'is a symbolic link';
      if (typeof found === 'string') return void refused.push({ path, reason: found });
      ({ absolute: place, stat } = found);
    }
    if (stat.isDirectory()) folders.push(path);
    else if (stat.isFile()) files.push({ path, absolute: place, stat });
    else refused.push({ path, reason: 'is neither a file nor a folder' });
  };

  if (!statSync(root).isDirectory()) {
    return {
      files: [{ path: basename(root), absolute: root, stat: statSync(root, { bigint: true }) }],
      refused,
      ignored,
    };
  }
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch (thrown) {
      refused.push({ path: folder || '.', reason: `cannot be read (${systemCode(thrown) ?? 'unknown'})` });
      continue;
    }
    for (const { name } of entries) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isIgnored(path)) ignored.push(path);
      // What Node puts for bytes that are no UTF-8: no name that JSON could hold.
      else if (name.includes('\ufffd')) refused.push({ path, reason: 'has a name that is not UTF-8' });
      else look(path, join(root, path));
    }
  }
  return { files, refused, ignored };
}
