// A copy of a data folder in one file, made while the folder is in use. The store first, then the ledger: so that the
// ledger tells of everything that the store has seen, and what the store lacks is caught up with at the next start.
import { createHash } from 'node:crypto';
import { link, open, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { AncileError, randomToken, systemClock, systemCode } from '../base/index.ts';
import { tarEnd, tarHeader, tarPadding } from '../codec/index.ts';
import { readSecret, VERSION } from '../config/index.ts';
import { sealStream } from '../keys/index.ts';
import { isMember, MANIFEST, type Manifest, STORE } from './backup-manifest.ts';
import type { DataDir } from './data-dir.ts';

const CHUNK_BYTES = 262_144;

export interface BackupOptions {
  /** The file to be made, absolute; it must not exist, nor lie in the data folder. */
  readonly file: string;
  /** A file that holds the passphrase to seal under, absolute. */
  readonly passphraseFile?: string | undefined;
  /** Not sealed: the file holds the keys of the folder as they are. */
  readonly plain?: boolean | undefined;
}

export interface Backup {
  readonly file: string;
  readonly bytes: number;
  readonly records: number;
  /** Of the file, hex. */
  readonly sha256: string;
}

/** A file to be copied: so many bytes of it, by reads at places. */
interface Source {
  readonly name: string;
  readonly bytes: number;
  read(buffer: Buffer, position: number): Promise<number>;
}

function shrunk(name: string): AncileError {
  const hint = 'Something other than ancile changed the data folder; try again when it has ended.';
  return new AncileError('data_dir_unusable', `${name} became shorter while it was copied`, { at: name, hint });
}

/** The bytes of a member: header, contents, padding; and what the manifest says of it. */
async function* memberBytes(source: Source, time: number, listed: Manifest['members']): AsyncGenerator<Buffer> {
  yield tarHeader(source.name, source.bytes, time);
  const digest = createHash('sha256');
  for (let at = 0; at < source.bytes; at += CHUNK_BYTES) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, source.bytes - at));
    if ((await source.read(buffer, at)) < buffer.length) throw shrunk(source.name);
    digest.update(buffer);
    yield buffer;
  }
  yield tarPadding(source.bytes);
  listed.push({ name: source.name, bytes: source.bytes, sha256: digest.digest('hex') });
}

/** A file of the folder up to a size, or as it is now. A file that is gone by now gives nothing. */
async function* fileBytes(
  folder: string,
  { name, bytes }: { readonly name: string; readonly bytes?: number },
  time: number,
  listed: Manifest['members'],
): AsyncGenerator<Buffer> {
  let file;
  try {
    file = await open(join(folder, name), 'r');
  } catch (thrown) {
    // Evidence expires meanwhile. What must be there is named with its size.
    if (bytes === undefined && systemCode(thrown) === 'ENOENT') return;
    throw thrown;
  }
  try {
    const size = bytes ?? (await file.stat()).size;
    const read = async (buffer: Buffer, position: number): Promise<number> => {
      let done = 0;
      while (done < buffer.length) {
        const { bytesRead } = await file.read(buffer, done, buffer.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    };
    yield* memberBytes({ name, bytes: size, read }, time, listed);
  } finally {
    await file.close();
  }
}

/** Members of a folder that lies in the data folder. */
async function membersIn(folder: string, name: string): Promise<{ readonly name: string }[]> {
  const entries = await readdir(join(folder, name), { withFileTypes: true }).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => `${name}/${entry.name}`);
  return names
    .filter(isMember)
    .sort()
    .map((member) => ({ name: member }));
}

/** The archive, piece by piece; `done` hears of its manifest at the end. */
async function* archiveBytes(data: DataDir, done: (manifest: Manifest) => void): AsyncGenerator<Buffer> {
  const now = systemClock();
  const time = Math.floor(now / 1000);
  const members: Manifest['members'] = [];
  await data.saveUsage();
  const store = await data.store.snapshot();
  try {
    yield* memberBytes({ ...store, name: STORE }, time, members);
  } finally {
    await store.release();
  }
  const { checkpoint, files, release } = await data.ledger.snapshot();
  try {
    for (const file of files) yield* fileBytes(data.path, file, time, members);
  } finally {
    release();
  }
  for (const folder of ['keys', 'evidence']) {
    for (const file of await membersIn(data.path, folder)) yield* fileBytes(data.path, file, time, members);
  }
  const manifest: Manifest = {
    format: 'ancile-backup',
    version: 1,
    created: new Date(now).toISOString(),
    ancile: VERSION,
    node: data.node,
    checkpoint,
    members,
  };
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  yield tarHeader(MANIFEST, text.length, time);
  yield text;
  yield tarPadding(text.length);
  yield tarEnd();
  done(manifest);
}

function checkOptions({ file, passphraseFile, plain = false }: BackupOptions): void {
  for (const path of [file, passphraseFile ?? file]) {
    if (isAbsolute(path)) continue;
    const hint = 'A running server has a working folder of its own: name the file from the root on.';
    throw new AncileError('usage', 'expected an absolute path', { at: path, hint });
  }
  if ((passphraseFile !== undefined) !== plain) return;
  throw new AncileError('usage', 'a backup holds the keys of the data folder: it is sealed, or said to be plain', {
    at: 'passphraseFile',
    hint: 'Give --passphrase-file FILE, or --plain where the file is kept as safe as the data folder itself.',
  });
}

/** Refuses a place in the data folder: that backup would be in the next. */
async function checkPlace(file: string, folder: string): Promise<void> {
  let parent: string;
  try {
    parent = await realpath(dirname(file));
  } catch (cause) {
    const hint = 'Name a file in a folder that exists and that this user may write to.';
    throw new AncileError('usage', `${dirname(file)} cannot be reached (${systemCode(cause)})`, {
      at: file,
      hint,
      cause,
    });
  }
  const inside = await realpath(folder);
  if (parent !== inside && !parent.startsWith(inside + sep)) return;
  const hint = 'Name a file elsewhere, best on another disk.';
  throw new AncileError('usage', 'a backup cannot lie in the data folder that it is of', { at: file, hint });
}

function unwritable(file: string, cause: unknown): AncileError {
  if (cause instanceof AncileError) return cause;
  if (systemCode(cause) === 'EEXIST') {
    const hint = 'Name a new file: a backup is not written over.';
    return new AncileError('conflict', `${file} exists already`, { at: file, hint, cause });
  }
  const hint = 'Look at the room on both disks, and whether this user may write there.';
  return new AncileError('data_dir_unusable', `the backup ${file} cannot be made (${systemCode(cause)})`, {
    at: file,
    hint,
    cause,
  });
}

/**
 * Writes a consistent copy of a data folder to a new file of mode 0600, while the folder is in use: it is there as a
 * whole, or not at all. It holds the store as it was at one moment and the ledger up to a checkpoint made after it.
 * @throws AncileError `usage` where it is neither sealed nor said to be plain, or has a bad place or passphrase,
 *   `conflict` where the file exists, `data_dir_unusable` where something cannot be read or written
 */
export async function createBackup(data: DataDir, options: BackupOptions): Promise<Backup> {
  checkOptions(options);
  const { file, passphraseFile } = options;
  await checkPlace(file, data.path);
  let manifest: Manifest | undefined;
  const archive = archiveBytes(data, (made) => (manifest = made));
  const stream =
    passphraseFile === undefined
      ? archive
      : sealStream(readSecret({ file: passphraseFile }, 'passphraseFile', dirname(file)), archive);
  const partial = `${file}.${randomToken(8)}.partial`;
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    const out = await open(partial, 'wx', 0o600);
    try {
      for await (const piece of stream) {
        digest.update(piece);
        for (let done = 0; done < piece.length;) {
          done += (await out.write(piece, done, piece.length - done)).bytesWritten;
        }
        bytes += piece.length;
      }
      await out.sync();
    } finally {
      await out.close();
    }
    // A link, unlike a rename, fails where the name is taken.
    await link(partial, file);
  } catch (cause) {
    throw unwritable(file, cause);
  } finally {
    await rm(partial, { force: true });
  }
  return { file, bytes, records: manifest!.checkpoint.size, sha256: digest.digest('hex') };
}
