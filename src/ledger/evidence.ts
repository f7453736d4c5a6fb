// Evidence capture: the inspected texts themselves, encrypted, a file a day; only where it was switched on.
import type { KeyObject } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AncileError, type Clock, systemClock, systemCode } from '../base/index.ts';
import type { Direction } from '../contract/index.ts';
import {
  closeFile,
  openFile,
  PRIVATE,
  READ_WRITE,
  removeFile,
  syncData,
  syncFolder,
  truncateFile,
  writeAll,
} from './disk.ts';
import { readLines } from './lines.ts';
import { openText, SealedText, sealText } from './sealed-text.ts';

const DAY_MS = 86_400_000;
/** Longest captured text, bytes as stored. */
const MAX_SEALED = 64 * 1024 * 1024;

export interface EvidenceOptions {
  readonly dataDir: string;
  readonly captureKey: KeyObject;
  readonly clock?: Clock;
}

export interface Captured {
  readonly direction: Direction;
  /** ISO 8601. */
  readonly time: string;
  /** As it was given to `put`. */
  readonly json: string;
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

function toFault(path: string, cause: unknown): AncileError {
  if (cause instanceof AncileError) return cause;
  const hint = 'Make room on the disk or repair it, or switch evidence capture off.';
  return new AncileError('ledger_fault', `evidence in ${path} cannot be reached (${systemCode(cause)})`, {
    at: path,
    hint,
    cause,
  });
}

/** Captured texts of one data folder. Order and presence are the ledger's to prove: its records carry keyed digests. */
export class Evidence {
  readonly #dir: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;
  /** The file of the present day. */
  #open: { day: string; fd: number; bytes: number } | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor({ dataDir, captureKey, clock = systemClock }: EvidenceOptions) {
    this.#dir = join(dataDir, 'evidence');
    this.#key = captureKey;
    this.#clock = clock;
  }

  /**
   * Keeps a text. Resolves when it is written, not when it is synced: a power cut may lose the last seconds.
   * @throws AncileError `ledger_fault` when it cannot be written or is larger than 64 MB sealed.
   */
  put(exchange: string, direction: Direction, json: string): Promise<void> {
    const now = this.#clock();
    const entry: SealedText = { exchange, direction, time: new Date(now).toISOString(), sealed: '' };
    const line = JSON.stringify({ ...entry, sealed: sealText(this.#key, exchange, direction, json) }) + '\n';
    if (line.length > MAX_SEALED) {
      return Promise.reject(new AncileError('ledger_fault', 'a captured text is larger than 64 MB', { at: exchange }));
    }
    return this.#exclusively(async () => {
      const file = await this.#fileOf(dayOf(now));
      const bytes = Buffer.from(line);
      try {
        await writeAll(file.fd, bytes, file.bytes);
      } catch (error) {
        await truncateFile(file.fd, file.bytes).catch(() => {});
        throw error;
      }
      file.bytes += bytes.length;
    });
  }

  /**
   * What was captured of an exchange, in order.
   * @param within - the days (UTC, `2026-01-31`) to look through, where they are known; else all
   * @throws AncileError `ledger_corrupt` when it was changed or sealed with another key.
   */
  async get(exchange: string, within?: ReadonlySet<string>): Promise<Captured[]> {
    const found: Captured[] = [];
    const mark = JSON.stringify(exchange);
    for (const day of await this.days()) {
      if (within?.has(day) === false) continue;
      const path = this.#path(day);
      let number = 0;
      for await (const group of readLines(path, MAX_SEALED)) {
        for (const line of group) {
          number++;
          if (!line.ended || !line.bytes.subarray(0, 512).includes(mark)) continue;
          const captured = this.#unseal(line.bytes, exchange, `${path}:${number}`);
          if (captured !== undefined) found.push(captured);
        }
      }
    }
    return found;
  }

  #unseal(bytes: Buffer, exchange: string, at: string): Captured | undefined {
    let entry: SealedText | undefined;
    try {
      // eslint-disable-next-line no-restricted-properties -- our own file, held against a strict schema
      entry = SealedText.parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      // Said below.
    }
    if (entry !== undefined && entry.exchange !== exchange) return undefined;
    const json = entry === undefined ? undefined : openText(this.#key, entry);
    if (entry === undefined || json === undefined) {
      const hint = 'It was changed after it was captured, or keys/capture.key is not the one it was sealed with.';
      throw new AncileError('ledger_corrupt', `${at}: captured evidence does not open`, { at, hint });
    }
    return { direction: entry.direction, time: entry.time, json };
  }

  /** Days (UTC, `2026-01-31`) that hold evidence, ascending. */
  async days(): Promise<string[]> {
    try {
      const names = await readdir(this.#dir);
      return names.flatMap((name) => /^(\d{4}-\d\d-\d\d)\.jsonl$/.exec(name)?.[1] ?? []).sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw toFault(this.#dir, error);
    }
  }

  /** Deletes the days that ended at or before a time (milliseconds since the epoch); returns them. */
  expire(before: number): Promise<string[]> {
    return this.#exclusively(async () => {
      const gone = (await this.days()).filter((day) => Date.parse(`${day}T00:00:00Z`) + DAY_MS <= before);
      for (const day of gone) {
        if (this.#open?.day === day) await this.#closeFile();
        await removeFile(this.#path(day));
      }
      if (gone.length > 0) await syncFolder(this.#dir);
      return gone;
    });
  }

  /** Syncs and closes the file of the day. The next `put` opens it again. */
  close(): Promise<void> {
    return this.#exclusively(() => this.#closeFile());
  }

  #path(day: string): string {
    return join(this.#dir, `${day}.jsonl`);
  }

  async #fileOf(day: string): Promise<{ fd: number; bytes: number }> {
    if (this.#open?.day === day) return this.#open;
    await this.#closeFile();
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // A line torn by a crash is cut off, so that the next is not joined to it.
    let bytes = 0;
    for await (const group of readLines(this.#path(day), 512)) {
      for (const line of group) if (line.ended) bytes = line.next;
    }
    const fd = await openFile(this.#path(day), READ_WRITE, PRIVATE);
    await truncateFile(fd, bytes);
    this.#open = { day, fd, bytes };
    return this.#open;
  }

  async #closeFile(): Promise<void> {
    if (this.#open === undefined) return;
    const { fd } = this.#open;
    this.#open = undefined;
    try {
      await syncData(fd);
    } finally {
      await closeFile(fd);
    }
  }

  /** One thing at a time, in the order asked for. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work).catch((cause: unknown) => {
      throw toFault(this.#dir, cause);
    });
    this.#work = done.catch(() => {});
    return done;
  }
}
