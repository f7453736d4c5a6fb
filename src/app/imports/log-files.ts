// Files of a cloud's log, read a line at a time and told on in batches; what cannot be read is told by its place.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';
import type { ImportBadLine, LogService, LoggedCall } from '../../contract/index.ts';
import { BATCH_BYTES, BATCH_CALLS, readCalls, unpackedBytes } from './read-calls.ts';

export interface LogFilesOptions {
  readonly service: LogService;
  /** Whether texts are taken along. */
  readonly inspect: boolean;
  readonly take: (calls: LoggedCall[]) => Promise<void>;
  readonly onBad: (bad: ImportBadLine) => void;
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

/** Reads logs to their end. Bad lines are told, and the lines after them are read as ever. @returns calls that were read */
export async function readLogFiles(paths: readonly string[], options: LogFilesOptions): Promise<number> {
  const { take, onBad } = options;
  let batch: LoggedCall[] = [];
  let bytes = 0;
  let read = 0;
  async function flush(): Promise<void> {
    if (batch.length > 0) await take(batch);
    batch = [];
    bytes = 0;
  }
  for await (const path of filesOf(paths)) {
    const file = basename(path);
    const lines = readCalls(unpackedBytes(path, createReadStream(path)), { ...options, file });
    for (;;) {
      let next;
      try {
        next = await lines.next();
      } catch (thrown) {
        onBad({ file: path, message: `cannot be read on (${systemCode(thrown) ?? 'unknown error'})` });
        break;
      }
      if (next.done === true) break;
      const { call } = next.value;
      if (call === undefined) continue;
      read++;
      if (bytes + next.value.bytes > BATCH_BYTES) await flush();
      batch.push(call);
      bytes += next.value.bytes;
      if (batch.length >= BATCH_CALLS) await flush();
    }
  }
  await flush();
  return read;
}
