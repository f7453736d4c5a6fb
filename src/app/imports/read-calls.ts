// The calls of one file of a log, a line at a time; what cannot be read is told by its place.
import { hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import { AncileError, systemClock } from '../../base/index.ts';
import { MAX_LOG_LINE, isBlankLine, readInputLines, readLogLine } from '../../codec/index.ts';
import type { ImportBadLine, LogService, LoggedCall } from '../../contract/index.ts';

/** A batch is told on when it has so many calls, or lines of so many bytes. */
const BATCH_CALLS = 200;
const BATCH_BYTES = 1_000_000;

const AHEAD_MS = 86_400_000;

/**
 * Whether a call is of a day that has not come yet. Rules go by the times of calls: one of a far day would make all that come after
 * it too old to be counted, and whoever can put a line into a log could blind them so.
 */
export function isAhead({ happened }: Pick<LoggedCall, 'happened'>, now: number): boolean {
  return Date.parse(happened) > now + AHEAD_MS;
}

const digestOf = (line: Uint8Array): string => hash('sha256', line, 'hex').slice(0, 32);

export interface ReadCallsOptions {
  readonly service: LogService;
  /** Whether texts are taken along. */
  readonly inspect: boolean;
  /** Name of the file, as it is put on record. */
  readonly file: string;
  /** Lines of the file before these. */
  readonly before?: number;
  readonly onBad: (bad: ImportBadLine) => void;
}

export interface ReadLine {
  /** Absent where the line is blank or cannot be read. */
  readonly call: LoggedCall | undefined;
  readonly bytes: number;
  readonly number: number;
  /** As of `InputLine`. */
  readonly upTo: number;
  readonly ended: boolean;
}

/** A file's bytes, unpacked where its name says so; never more than a chunk at a time. */
export async function* unpackedBytes(name: string, raw: Readable): AsyncGenerator<Uint8Array> {
  if (!name.endsWith('.gz')) return yield* raw as AsyncIterable<Uint8Array>;
  const unpacked = createGunzip();
  raw.on('error', (fault) => unpacked.destroy(fault));
  try {
    yield* raw.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } finally {
    raw.destroy();
  }
}

export async function* readCalls(
  bytes: AsyncIterable<Uint8Array>,
  { service, inspect, file, before = 0, onBad }: ReadCallsOptions,
): AsyncGenerator<ReadLine> {
  function read(line: number, given: Uint8Array): LoggedCall | undefined {
    try {
      const call = readLogLine(service, given, { file, line }, digestOf);
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
  for await (const line of readInputLines(bytes, MAX_LOG_LINE)) {
    const number = before + line.number;
    if (line.tooLong) onBad({ file, line: number, message: `longer than ${MAX_LOG_LINE} bytes` });
    const call = line.tooLong || isBlankLine(line) ? undefined : read(number, line.bytes);
    yield { call, bytes: line.bytes.length, number, upTo: line.upTo, ended: line.ended };
  }
}

/** Calls that are told on together. */
export class CallBatch {
  readonly #take: (calls: LoggedCall[]) => Promise<unknown>;
  #calls: LoggedCall[] = [];
  #bytes = 0;

  constructor(take: (calls: LoggedCall[]) => Promise<unknown>) {
    this.#take = take;
  }

  /** @returns whether it was full, and all up to this call is told on */
  async add(call: LoggedCall, bytes: number): Promise<boolean> {
    if (this.#bytes + bytes > BATCH_BYTES) await this.flush();
    this.#calls.push(call);
    this.#bytes += bytes;
    if (this.#calls.length < BATCH_CALLS) return false;
    await this.flush();
    return true;
  }

  async flush(): Promise<void> {
    const calls = this.#calls;
    if (calls.length > 0) await this.#take(calls);
    this.#calls = [];
    this.#bytes = 0;
  }
}
