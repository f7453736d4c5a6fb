// Writing so that it stays written: full writes at given places, fdatasync, whole files, folders synced.
import { close, constants, fdatasync, fsync, ftruncate, open, rename, unlink, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

export const openFile = promisify(open);
export const closeFile = promisify(close);
export const syncData = promisify(fdatasync);
export const truncateFile = promisify(ftruncate);
const syncAll = promisify(fsync);
const renameFile = promisify(rename);
const unlinkFile = promisify(unlink);
const writeSome = promisify(write);

/** Read and write, made where missing, for the owner only. */
export const READ_WRITE = constants.O_RDWR | constants.O_CREAT;
export const PRIVATE = 0o600;

/** Writes all of `bytes` at `position`, or throws what the disk said; part of it may then be written. */
export async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await writeSome(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Above this a write goes to another thread: below, handing it over costs more than copying it to the page cache. */
const DIRECT_BYTES = 64 * 1024;

/** As `writeAll`, at once where the bytes are few. */
export async function writeBatch(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  if (bytes.length > DIRECT_BYTES) return writeAll(fd, bytes, position);
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const fd = await openFile(path, constants.O_RDONLY);
  try {
    await syncAll(fd);
  } finally {
    await closeFile(fd);
  }
}

/** Writes a whole file so that after a crash it is there as a whole or as it was before. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const fd = await openFile(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, PRIVATE);
  try {
    await writeAll(fd, Buffer.from(text), 0);
    await syncAll(fd);
  } finally {
    await closeFile(fd);
  }
  await renameFile(temporary, path);
  await syncFolder(dirname(path));
}

/** Removes a file if it is there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlinkFile(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
