// Key files on disk: made once and never overwritten, read only when nobody else could have read them.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AncileError, randomToken, systemCode } from '../base/index.ts';

/** No key file of ours is larger; a larger one is not read. */
const MAX_BYTES = 16_384;
/** Group and world: any of these bits on a key means that somebody else may hold it. */
const OTHERS = 0o077;

function unusable(path: string, what: string, hint: string, cause?: unknown): AncileError {
  return new AncileError('data_dir_unusable', `key file ${path} ${what}`, { at: path, hint, cause });
}

/** What is wrong with who can reach a key; undefined where nothing is. Windows has no such bits and is not judged. */
export function custodyProblem({ mode, uid }: { readonly mode: number; readonly uid: number }): string | undefined {
  if (process.platform === 'win32') return undefined;
  if ((mode & OTHERS) !== 0) return `has mode ${(mode & 0o777).toString(8).padStart(3, '0')}: others can reach it`;
  return uid === process.geteuid?.() ? undefined : 'belongs to another user';
}

/** Refuses what others may read or what belongs to somebody else. */
function checkCustody(path: string, stat: { mode: number; uid: number }, fix: string): void {
  const problem = custodyProblem(stat);
  if (problem === undefined) return;
  const hint = problem.startsWith('has mode')
    ? `Run ${fix} ${path}, and replace the keys if others had access.`
    : 'Start as the user who owns the data folder.';
  throw unusable(path, problem, hint);
}

/**
 * The folder for keys, made with mode 0700 where it is missing.
 * @throws AncileError `data_dir_unusable` when it cannot be made or others can enter it.
 */
export function openKeyFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(path, `cannot be made (${systemCode(cause)})`, 'Give dataDir a folder that can be written.', cause);
  }
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw unusable(path, 'is not a folder', 'Remove what stands in its place.');
  checkCustody(path, stat, 'chmod 700');
}

/**
 * Reads a key file; undefined where there is none.
 * @throws AncileError `data_dir_unusable` for a link, a file others can read, or one too large to be a key.
 */
export function loadKeyFile(path: string, secret: boolean): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return undefined;
    const what = code === 'ELOOP' ? 'is a symbolic link' : `cannot be read (${code})`;
    throw unusable(path, what, 'Restore the key folder from its backup.', cause);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw unusable(path, 'is not a file', 'Restore the key folder from its backup.');
    if (secret) checkCustody(path, stat, 'chmod 600');
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, bytes, length, bytes.length - length, length);
      length += read;
      if (read === 0 || length === bytes.length) break;
    }
    if (length > MAX_BYTES) throw unusable(path, 'is too large to be a key', 'Restore the key folder from its backup.');
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes a key file, whole or not at all: temporary file, fsync, hard link to its name (which, unlike a rename,
 * fails when the name is taken), fsync of the folder.
 * @throws AncileError `conflict` when the name is taken, `data_dir_unusable` when it cannot be written.
 */
export function createKeyFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${randomToken(12)}.tmp`;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      fchmodSync(fd, 0o600);
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    try {
      linkSync(temporary, path);
    } finally {
      unlinkSync(temporary);
    }
    const folder = openSync(dirname(path), constants.O_RDONLY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') {
      const hint = 'Another process made it at the same moment: start again.';
      throw new AncileError('conflict', `key file ${path} exists already`, { at: path, hint, cause });
    }
    throw unusable(
      path,
      `cannot be written (${systemCode(cause)})`,
      'Give dataDir a folder that can be written.',
      cause,
    );
  }
}
