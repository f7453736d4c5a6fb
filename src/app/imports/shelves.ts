// Where logs lie: files of this machine, or objects of a bucket, listed a page at a time and read as streams.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { basename, join, relative, resolve } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';
import type { LoadedConfig } from '../../config/index.ts';
import type { ImportSource } from '../../contract/index.ts';
import { createRemote, listBucket, readObject, toS3Remote } from '../../gateway/index.ts';
import { readHeaderSecrets } from '../header-secret.ts';

const PAGE = 500;

/** One file of a log, as it is listed. */
export interface LogFile {
  /** Within its source. */
  readonly name: string;
  /** Where it lies. */
  readonly path: string;
  /** What it is now: where that stays the same, so does the file. */
  readonly mark: string;
  readonly size: number;
  /** Of a file that may grow: which file it is, whatever its name says. Absent: it is read whole, or not at all. */
  readonly id?: string;
  /** When it changed last, milliseconds since the epoch. */
  readonly changed: number;
}

export interface Shelf {
  /** In the order of their names. @throws AncileError where they cannot be listed */
  list(): AsyncGenerator<readonly LogFile[]>;
  /** The bytes of a file, from an offset to what it was when it was listed. */
  open(file: LogFile, from: number): Readable;
  close(): Promise<void>;
}

/** A source as it is configured, its secrets read. */
export interface ReadImport {
  readonly name: string;
  readonly config: ImportSource;
  /** As people are shown it. */
  readonly from: string;
  /** The same for the same source, secrets included. */
  readonly key: string;
  readonly open: () => Shelf;
}

/** The files below a folder, by name. Links are not followed. */
export async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** @param root - a folder, or one file */
function openFolder(root: string): Shelf {
  async function* paths(): AsyncGenerator<string> {
    if ((await stat(root)).isDirectory()) yield* walk(root);
    else yield root;
  }
  async function look(path: string): Promise<LogFile | undefined> {
    try {
      const { size, ino, mtimeMs } = await stat(path);
      const packed = path.endsWith('.gz');
      return {
        name: relative(root, path) || basename(path),
        path,
        mark: `${ino}:${size}:${mtimeMs}`,
        size,
        changed: mtimeMs,
        ...(packed ? {} : { id: String(ino) }),
      };
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }
  return {
    async *list() {
      let page: LogFile[] = [];
      try {
        for await (const path of paths()) {
          const file = await look(path);
          if (file === undefined) continue;
          page.push(file);
          if (page.length < PAGE) continue;
          yield page;
          page = [];
        }
      } catch (cause) {
        throw new AncileError('not_found', `${root} cannot be read (${systemCode(cause) ?? 'unknown error'})`, {
          cause,
        });
      }
      yield page;
    },
    open: ({ path, size, id }, from) =>
      createReadStream(path, id === undefined ? {} : { start: from, end: Math.max(from, size - 1) }),
    close: async () => undefined,
  };
}

/** Bodies that Bedrock puts beside its log are named by it, and are none of its lines. */
const isLog = (format: ImportSource['format'], key: string): boolean =>
  !key.endsWith('/') && !(format === 'bedrock' && key.includes('/data/'));

function openBucket(
  config: Extract<ImportSource, { kind: 's3' }>,
  credentials: Parameters<typeof toS3Remote>[1],
  timeouts: Parameters<typeof createRemote>[0]['timeouts'],
): Shelf {
  const remote = createRemote({ ...toS3Remote(config, credentials), redirects: [], timeouts });
  const { bucket, prefix, format } = config;
  return {
    async *list() {
      for (let token: string | undefined; ;) {
        const page = await listBucket(remote, bucket, {
          prefix,
          most: PAGE,
          ...(token === undefined ? {} : { token }),
        });
        yield page.objects
          .filter(({ key }) => isLog(format, key))
          .map(({ key, size, etag, modified }) => ({
            ...{ name: key, path: key, mark: etag, size },
            changed: Date.parse(modified),
          }));
        token = page.next;
        if (token === undefined) return;
      }
    },
    open: ({ path }) => readObject(remote, bucket, path),
    close: () => remote.close(),
  };
}

/** The sources of a configuration. @throws AncileError `config_invalid` naming the field, never the secret */
export function readImports({ config, dir }: LoadedConfig): ReadImport[] {
  const { limits } = config;
  const timeouts = {
    connections: 2,
    connectTimeout: limits.upstreamConnectTimeout,
    headersTimeout: limits.upstreamHeadersTimeout,
    idleTimeout: limits.upstreamIdleTimeout,
  };
  return Object.entries(config.imports).map(([name, source]) => {
    if (source.kind === 'files') {
      const path = resolve(dir, source.path);
      return { name, config: source, from: path, key: JSON.stringify([source, path]), open: () => openFolder(path) };
    }
    const fields = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;
    const credentials = readHeaderSecrets(source, fields, `imports.${name}`, dir, 'token');
    return {
      name,
      config: source,
      from: `${source.bucket}/${source.prefix}`,
      key: JSON.stringify([source, credentials, timeouts]),
      open: () => openBucket(source, credentials, timeouts),
    };
  });
}
