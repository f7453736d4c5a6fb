// Takes a backup apart into a folder. The file may come from anywhere: only names that a data folder has are made, none
// twice, and nothing counts until the manifest at the end has vouched for every byte.
import { createHash, type Hash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import { parseJson, readTar, type TarPiece } from '../codec/index.ts';
import { isSealed, openSealedStream } from '../keys/index.ts';
import { isMember, MANIFEST, Manifest, MAX_MANIFEST_BYTES, REQUIRED_MEMBERS } from './backup-manifest.ts';

const CHUNK_BYTES = 262_144;
const MAX_MEMBERS = 1_000_000;

const refuse = (what: string): AncileError =>
  new AncileError('request_invalid', `this is no backup that can be restored: ${what}`, {
    at: 'backup',
    hint: 'It was cut short, changed or made by another program; take another copy of it.',
  });

async function* readFileBytes(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      // A buffer of its own each time: a reader may keep a piece.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function beginsSealed(path: string): Promise<boolean> {
  for await (const bytes of readFileBytes(path)) return isSealed(bytes);
  return false;
}

/** The bytes of the archive, opened where it is sealed. */
async function* archiveOf(path: string, passphrase: string | undefined): AsyncGenerator<Buffer> {
  if (!(await beginsSealed(path))) {
    yield* readFileBytes(path);
    return;
  }
  if (passphrase === undefined) {
    throw new AncileError('usage', 'the backup is sealed under a passphrase', {
      at: path,
      hint: 'Give the file that holds it: --passphrase-file FILE.',
    });
  }
  yield* openSealedStream(passphrase, readFileBytes(path));
}

/** A member that is being read: into a file, or (the manifest) into memory. */
interface Sink {
  write(bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

async function openSink(path: string): Promise<Sink> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
    },
    async end() {
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

class Unpacking {
  readonly #folder: string;
  readonly #found = new Map<string, { readonly bytes: number; readonly sha256: string }>();
  readonly #manifest: Buffer[] = [];
  #member: { readonly name: string; readonly size: number; readonly digest: Hash; readonly sink: Sink } | undefined;
  #ended = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(piece: TarPiece): Promise<void> {
    if ('name' in piece) await this.#begin(piece.name, piece.size);
    else {
      const { name, size, digest, sink } = this.#member!;
      digest.update(piece.bytes);
      await sink.write(piece.bytes);
      if (!piece.last) return;
      this.#member = undefined;
      await sink.end();
      if (name !== MANIFEST) this.#found.set(name, { bytes: size, sha256: digest.digest('hex') });
    }
  }

  async #begin(name: string, size: number): Promise<void> {
    if (this.#ended) throw refuse('something follows its manifest');
    if (name === MANIFEST) {
      if (size > MAX_MANIFEST_BYTES) throw refuse('its manifest is too large');
      this.#ended = true;
      const sink = {
        write: async (bytes: Buffer) => void this.#manifest.push(Buffer.from(bytes)),
        end: async () => {},
      };
      this.#member = { name, size, digest: createHash('sha256'), sink };
      return;
    }
    if (!isMember(name)) throw refuse('it holds a file that no data folder has');
    if (this.#found.has(name)) throw refuse(`it holds ${name} twice`);
    if (this.#found.size >= MAX_MEMBERS) throw refuse('it holds too many files');
    this.#member = { name, size, digest: createHash('sha256'), sink: await openSink(join(this.#folder, name)) };
  }

  /** The manifest, which every file was held against. */
  check(): Manifest {
    if (!this.#ended) throw refuse('it has no manifest');
    const read = { what: 'its manifest', maxBytes: MAX_MANIFEST_BYTES };
    const parsed = Manifest.safeParse(parseJson(Buffer.concat(this.#manifest), read));
    if (!parsed.success) throw refuse('its manifest is of another form');
    const { members } = parsed.data;
    const listed = new Set(members.map(({ name }) => name));
    if (members.length !== this.#found.size || listed.size !== members.length) {
      throw refuse('its files are not those of its manifest');
    }
    const missing = REQUIRED_MEMBERS.find((name) => !listed.has(name));
    if (missing !== undefined) throw refuse(`it lacks ${missing}`);
    for (const { name, bytes, sha256 } of members) {
      const found = this.#found.get(name);
      if (found?.bytes !== bytes || found.sha256 !== sha256) throw refuse(`${name} is not as its manifest says`);
    }
    return parsed.data;
  }

  /** Closes what a failure left open. */
  async close(): Promise<void> {
    await this.#member?.sink.end().catch(() => {});
  }
}

/**
 * Takes a backup apart into an empty folder, and holds it against its manifest. Where it throws, what lies in the folder
 * is worth nothing.
 * @throws AncileError `request_invalid` where it is no backup, or not as it was made; `usage` where it is sealed and no
 *   passphrase was given; `not_found` where there is no such file; `data_dir_unusable` where the folder cannot be written
 */
export async function unpackBackup(file: string, folder: string, passphrase: string | undefined): Promise<Manifest> {
  const unpacking = new Unpacking(folder);
  try {
    for await (const piece of readTar(archiveOf(file, passphrase))) await unpacking.take(piece);
    return unpacking.check();
  } catch (cause) {
    if (cause instanceof AncileError) throw cause;
    const code = systemCode(cause);
    if (code === 'ENOENT') throw new AncileError('not_found', `there is no file ${file}`, { at: file, cause });
    const hint = 'Look at the room on the disk, and whether this user may read the one and write the other.';
    throw new AncileError('data_dir_unusable', `${file} cannot be unpacked (${code})`, { at: file, hint, cause });
  } finally {
    await unpacking.close();
  }
}
