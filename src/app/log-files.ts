// Files of a cloud's log, read a line at a time and told on in batches; what cannot be read is told by its place.
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { AncileError, systemClock, systemCode } from '../base/index.ts';
import { MAX_LOG_LINE, isBlankLine, readInputLines, readLogLine } from '../codec/index.ts';
import type { LogService, LoggedCall } from '../contract/index.ts';
import { isAhead } from './log-importer.ts';

/** A batch is told on when it has so many calls, or lines of so many bytes. */
const BATCH_CALLS = 200;
const BATCH_BYTES = 1_000_000;

const digestOf = (line: Uint8Array): string => hash('sha256', line, 'hex').slice(0, 32);

export interface BadLine {
  readonly file: string;
  /** Absent where the file itself cannot be read on. */
  readonly line?: number;
  readonly message: string;
}

export interface LogFilesOptions {
  readonly service: LogService;
  /** Whether texts are taken along. */
  readonly inspect: boolean;
  readonly take: (calls: LoggedCall[]) => Promise<void>;
  readonly onBad: (bad: BadLine) => void;
}

/** The files of paths, those of folders by name. Links in folders are not followed. @throws AncileError `usage` */
async function* filesOf(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    let isFolder: boolean;
    try {
      isFolder = (await stat(path)).isDirectory();
    } catch (cause) {
      throw new AncileError('usage', `${path} cannot be read (${systemCode(cause) ?? 'unknown error'})`, {
        at: path,
        hint: 'Name files or folders of a log, JSON lines, also as .gz.',
        cause,
      });
    }
    if (!isFolder) yield path;
    else {
      const entries = await readdir(path, { withFileTypes: true });
      const below = entries
        .filter((entry) => entry.isFile() || entry.isDirectory())
        .map(({ name }) => join(path, name));
      yield* filesOf(below.sort());
    }
  }
}

/** A file's bytes, unpacked where its name says so; never more than a chunk at a time. */
async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(file);
  if (!file.endsWith('.gz')) return yield* raw as AsyncIterable<Uint8Array>;
  const unpacked = createGunzip();
  raw.on('error', (fault) => unpacked.destroy(fault));
  try {
    yield* raw.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } finally {
    raw.destroy();
  }
}

/** Reads logs to their end. Bad lines are told, and the lines after them are read as ever. @returns calls that were read */
export async function readLogFiles(paths: readonly string[], options: LogFilesOptions): Promise<number> {
  const { service, inspect, take, onBad } = options;
  let batch: LoggedCall[] = [];
  let bytes = 0;
  let read = 0;
  async function flush(): Promise<void> {
    if (batch.length > 0) await take(batch);
    batch = [];
    bytes = 0;
  }
  function readOne(file: string, line: number, given: Uint8Array): LoggedCall | undefined {
    try {
      const call = readLogLine(service, given, { file: basename(file), line }, digestOf);
      if (isAhead(call, systemClock())) {
        onBad({ file, line, message: `it is of ${call.happened}, which has not come yet` });
        return undefined;
      }
      return inspect ? call : { ...call, texts: [], unread: ['unasked'] };
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      onBad({ file, line, message: thrown.message });
      return undefined;
    }
  }
  for await (const file of filesOf(paths)) {
    const lines = readInputLines(bytesOf(file), MAX_LOG_LINE);
    for (;;) {
      let next;
      try {
        next = await lines.next();
      } catch (thrown) {
        onBad({ file, message: `cannot be read on (${systemCode(thrown) ?? 'unknown error'})` });
        break;
      }
      if (next.done === true) break;
      if (isBlankLine(next.value)) continue;
      const { number, tooLong } = next.value;
      if (tooLong) {
        onBad({ file, line: number, message: `longer than ${MAX_LOG_LINE} bytes` });
        continue;
      }
      const call = readOne(file, number, next.value.bytes);
      if (call === undefined) continue;
      read++;
      if (bytes + next.value.bytes.length > BATCH_BYTES) await flush();
      batch.push(call);
      bytes += next.value.bytes.length;
      if (batch.length >= BATCH_CALLS) await flush();
    }
  }
  await flush();
  return read;
}
