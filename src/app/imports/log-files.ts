// Files of a cloud's log, read a line at a time and told on in batches; what cannot be read is told by its place.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';
import type { ImportBadLine, LogService, LoggedCall } from '../../contract/index.ts';
import { CallBatch, readCalls, unpackedBytes } from './read-calls.ts';
import { walk } from './shelves.ts';

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
    if (isFolder) yield* walk(path);
    else yield path;
  }
}

/** Reads logs to their end. Bad lines are told, and the lines after them are read as ever. @returns calls that were read */
export async function readLogFiles(paths: readonly string[], options: LogFilesOptions): Promise<number> {
  const { take, onBad } = options;
  const batch = new CallBatch(take);
  let read = 0;
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
      await batch.add(call, next.value.bytes);
    }
  }
  await batch.flush();
  return read;
}
