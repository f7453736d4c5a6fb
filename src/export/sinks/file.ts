// A file, an event a line, synced before anything counts as delivered, and put aside when it is large.
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';
import { syncFolder } from '../../ledger/index.ts';
import { toLine } from '../formats/line.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Sink, all } from '../sink.ts';

/** Longer than any line: so far back is looked for the end of the last whole one. */
const TAIL_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Size of the file without what a write that was cut off left at its end. */
async function wholeSize(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - from);
  await file.read(tail, 0, tail.length, from);
  return from + tail.lastIndexOf(NEWLINE) + 1;
}

export function createFileSink({ config, path = config.path }: SettingsOf<'file'>): Sink {
  let file: FileHandle | undefined;
  let size = 0;

  async function opened(): Promise<FileHandle> {
    if (file !== undefined) return file;
    // Not for appending: what is cut off must be written over.
    file = await open(path, 'r+').catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'ENOENT') throw thrown;
      return open(path, 'wx+', 0o600);
    });
    size = await wholeSize(file);
    await file.truncate(size);
    await syncFolder(dirname(path));
    return file;
  }

  async function close(): Promise<void> {
    const closing = file;
    file = undefined;
    await closing?.close();
  }

  /** path -> path.1 -> path.2 ..., the oldest goes. */
  async function putAside(): Promise<void> {
    await close();
    const nameOf = (n: number): string => (n === 0 ? path : `${path}.${n}`);
    await rm(nameOf(config.keep), { force: true });
    for (let n = config.keep - 1; n >= 0; n--) {
      await rename(nameOf(n), nameOf(n + 1)).catch((thrown: unknown) => {
        if (systemCode(thrown) !== 'ENOENT') throw thrown;
      });
    }
  }

  return {
    most: 1000,
    target: path,
    async deliver(events) {
      try {
        if (size > config.maxBytes) await putAside();
        const into = await opened();
        const bytes = Buffer.from(events.map((event) => `${toLine(event, config.format)}\n`).join(''));
        for (let at = 0; at < bytes.length;) {
          at += (await into.write(bytes, at, bytes.length - at, size + at)).bytesWritten;
        }
        await into.datasync();
        size += bytes.length;
        return all(events, ACCEPTED);
      } catch (thrown) {
        // Half a batch is taken back; where that fails too, the next opening does it.
        await file?.truncate(size).catch(() => undefined);
        await close().catch(() => undefined);
        throw new AncileError('store_fault', `the file cannot be written (${systemCode(thrown) ?? 'unknown fault'})`, {
          cause: thrown,
        });
      }
    },
    close,
  };
}
