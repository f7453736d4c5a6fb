// A path as a repository would name it: relative to the working folder, with forward slashes.
import { relative, resolve, sep } from 'node:path';

/** The path relative to the working folder; as it was given where it lies outside. */
export function toLocalPath(path: string): string {
  const local = relative('', resolve(path));
  return local === '' || local.startsWith('..') ? path : local.split(sep).join('/');
}
