// Which files a scan looks at: those that were named, and what lies in the folders that were named.
import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';

/** Folders that hold no one's models and very many files. Which were passed over is told: anybody can call a folder so. */
const PASSED_OVER = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);

export type Walked =
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  /** A folder was walked to its end: its own files, without those of folders within. */
  | { readonly kind: 'folder'; readonly path: string; readonly shown: string; readonly files: readonly string[] }
  | { readonly kind: 'ignored' }
  /** A folder that was passed over by its name. */
  | { readonly kind: 'passed'; readonly name: string }
  /** What was passed over and should be known: a link outward, a folder that cannot be read. */
  | { readonly kind: 'unread'; readonly shown: string; readonly reason: string };

const within = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

const isPassedOver = (folder: string): boolean => folder.split(sep).some((part) => PASSED_OVER.has(part));

/** Where a link leads; undefined when it leads nowhere. */
function target(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Walks files and folders in the order of their names. Links to files are followed where they stay within the folder that
 * was named (as in the cache of Hugging Face), links to folders never.
 * @param roots - paths as the user gave them
 * @param isIgnored - asked with each path, relative to the working folder, folders with a `/` at their end
 * @param boundary - where links may lead, if that is more than the folder that was named: the cache that it is a view of
 * @throws AncileError `not_found` for a root that is not there
 */
export function* walk(
  roots: readonly string[],
  isIgnored: (path: string) => boolean,
  boundary?: string,
): Generator<Walked> {
  for (const root of roots) {
    let real: string;
    try {
      real = realpathSync(root);
    } catch (thrown) {
      throw new AncileError('not_found', `${root} is not there`, {
        at: root,
        cause: thrown,
        hint: 'Name files or folders that exist.',
      });
    }
    if (lstatSync(real).isDirectory()) yield* walkFolder(root, boundary ?? real, isIgnored);
    else yield { kind: 'file', path: real, shown: root };
  }
}

function* walkFolder(root: string, real: string, isIgnored: (path: string) => boolean): Generator<Walked> {
  const folders = [''];
  while (folders.length > 0) {
    const folder = folders.pop()!;
    const path = join(root, folder);
    let entries: Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (thrown) {
      yield { kind: 'unread', shown: path, reason: `the folder cannot be read (${systemCode(thrown) ?? 'fault'})` };
      continue;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const files: string[] = [];
    const inner: string[] = [];
    for (const entry of entries) {
      const shown = join(path, entry.name);
      const local = relative(process.cwd(), resolve(shown));
      if (entry.isDirectory()) {
        if (PASSED_OVER.has(entry.name)) yield { kind: 'passed', name: entry.name };
        else if (isIgnored(`${local}/`)) yield { kind: 'ignored' };
        else inner.push(join(folder, entry.name));
        continue;
      }
      if (isIgnored(local)) {
        yield { kind: 'ignored' };
        continue;
      }
      if (entry.isSymbolicLink()) {
        const to = target(shown);
        if (to === undefined) yield { kind: 'unread', shown, reason: 'a link that leads nowhere' };
        else if (!within(real, to)) {
          yield { kind: 'unread', shown, reason: `a link that leads out of the folder, to ${to}: scan that as well` };
        } else if (lstatSync(to).isFile()) {
          files.push(entry.name);
          yield { kind: 'file', path: shown, shown };
        } else if (isPassedOver(relative(real, to))) {
          yield { kind: 'unread', shown, reason: `a link to ${to}, which is passed over: scan that as well` };
        }
        continue;
      }
      if (!entry.isFile()) {
        yield { kind: 'unread', shown, reason: 'neither a file nor a folder' };
        continue;
      }
      files.push(entry.name);
      yield { kind: 'file', path: shown, shown };
    }
    yield { kind: 'folder', path, shown: path, files };
    for (let at = inner.length - 1; at >= 0; at--) folders.push(inner[at]!);
  }
}
