// A file fetched to disk: within its size, hashed on the way, taken up again where the connection broke, synced at the end.
import { type Hash, createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AncileError, systemCode } from '../../base/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { type Remote, type RemoteRequest, header } from './remote.ts';

/** Bytes that wait to be written before the source has to wait. */
const MOST_WAITING = 4 << 20;
/** Breaks in a row without a byte between them. */
const MOST_BREAKS = 4;

/** What a content is called by whoever offers it. */
export interface ExpectedContent {
  readonly sha256?: string;
  /** SHA-1 over `blob`, size and content, as git names it. */
  readonly gitSha1?: string;
  /** What the answer must say of itself, where only that tells the version: it is what the listing was made of. */
  readonly etag?: string;
  /** ISO 8601. */
  readonly modified?: string;
}

export interface DownloadOptions {
  readonly remote: Remote;
  readonly request: RemoteRequest;
  /** Of a file that is not there yet. */
  readonly path: string;
  readonly size: number;
  readonly expected: ExpectedContent;
  /** Told how much is on disk. */
  readonly onProgress?: (bytes: number) => void;
  /** Breaks it off. */
  readonly signal?: AbortSignal;
}

function toFault(status: number): AncileError {
  if (status === 404) return new AncileError('not_found', 'the source does not have this file');
  if (status === 401 || status === 403)
    return new AncileError('upstream_refused', 'the source does not give this file');
  return new AncileError('upstream_malformed', `the source answered ${status}`);
}

/** When the source says that it was last changed, ISO 8601. */
export function modifiedOf(headers: AnswerHeaders): string | undefined {
  const time = Date.parse(header(headers, 'last-modified') ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

class Download {
  readonly #options: DownloadOptions;
  readonly #file: FileHandle;
  #at = 0;
  #etag: string | undefined;
  #sha256!: Hash;
  #git!: Hash;

  constructor(options: DownloadOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
    this.#begin();
  }

  #begin(): void {
    this.#at = 0;
    this.#sha256 = createHash('sha256');
    this.#git = createHash('sha1').update(`blob ${this.#options.size}\0`);
  }

  async run(): Promise<string> {
    for (let breaks = 0; ;) {
      const before = this.#at;
      try {
        await this.#once();
        break;
      } catch (thrown) {
        if (!(thrown instanceof AncileError) || !['upstream_reset', 'upstream_timeout'].includes(thrown.code))
          throw thrown;
        breaks = this.#at > before ? 0 : breaks + 1;
        if (breaks >= MOST_BREAKS) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** breaks));
      }
    }
    await this.#file.sync();
    const sha256 = this.#sha256.digest('hex');
    const { expected } = this.#options;
    const named = expected.sha256 ?? sha256;
    const git = this.#git.digest('hex');
    if (named !== sha256 || (expected.gitSha1 ?? git) !== git) {
      throw new AncileError('upstream_malformed', 'the source sent another content than it names');
    }
    return sha256;
  }

  /** One asking, from where the last one ended. */
  #once(): Promise<void> {
    const { remote, request, size, signal } = this.#options;
    const ranged = this.#at > 0 && this.#etag !== undefined;
    if (!ranged) this.#begin();
    const headers = ranged ? { range: `bytes=${this.#at}-`, 'if-range': this.#etag! } : {};
    return new Promise((resolve, reject) => {
      let writing: Promise<void> = Promise.resolve();
      let waiting = 0;
      let over = false;
      const stop = (error: unknown): void => {
        if (over) return;
        over = true;
        flight.abort();
        signal?.removeEventListener('abort', onAbort);
        writing.then(() => reject(error as Error), reject);
      };
      const onAbort = (): void => stop(new AncileError('shutting_down', 'the gateway is stopping'));
      const write = (chunk: Buffer): void => {
        waiting += chunk.length;
        if (waiting > MOST_WAITING) flight.pause();
        writing = writing.then(async () => {
          await this.#write(chunk);
          waiting -= chunk.length;
          if (waiting < MOST_WAITING / 4) flight.resume();
        });
        writing.catch((thrown: unknown) => {
          const code = systemCode(thrown) ?? 'unknown';
          stop(new AncileError('data_dir_unusable', `the file cannot be written (${code})`, { cause: thrown }));
        });
      };
      let received = this.#at;
      const flight = remote.get(
        { ...request, headers: { ...request.headers, ...headers } },
        {
          head: (status, answered) => {
            if (status !== 200 && !(status === 206 && ranged)) return stop(toFault(status));
            if (!['identity', undefined].includes(header(answered, 'content-encoding'))) {
              return stop(new AncileError('upstream_malformed', 'the source sent the file encoded'));
            }
            const etag = header(answered, 'etag');
            const { etag: named, modified } = this.#options.expected;
            const now = modifiedOf(answered);
            // An answer of a part need not say when the whole was changed.
            const same = (modified ?? now) === now || (status === 206 && now === undefined);
            if ((named ?? etag) !== etag || !same) {
              return stop(new AncileError('upstream_malformed', 'the source has another version of the file by now'));
            }
            if (status === 206) {
              const starts = /^bytes (\d+)-/.exec(header(answered, 'content-range') ?? '')?.[1];
              if (Number(starts) !== this.#at)
                stop(new AncileError('upstream_malformed', 'the source sent another range'));
              return;
            }
            if (ranged) this.#begin();
            received = 0;
            // A weak one does not promise the same bytes.
            this.#etag = etag?.startsWith('W/') === true ? undefined : etag;
          },
          data: (chunk) => {
            if (over) return;
            received += chunk.length;
            if (received > size) stop(new AncileError('upstream_malformed', 'the source sent more than it names'));
            else write(chunk);
          },
          end: () => {
            writing.then(() => {
              if (over) return;
              over = true;
              signal?.removeEventListener('abort', onAbort);
              if (received === size) resolve();
              else reject(new AncileError('upstream_reset', 'the source broke off'));
            }, reject);
          },
          fail: stop,
        },
      );
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #write(chunk: Buffer): Promise<void> {
    const at = this.#at;
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.#file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
    this.#sha256.update(chunk);
    if (this.#options.expected.gitSha1 !== undefined) this.#git.update(chunk);
    this.#at += chunk.length;
    this.#options.onProgress?.(this.#at);
  }
}

/**
 * Fetches a file.
 * @returns its SHA-256, hex
 * @throws AncileError `upstream_*`, `not_found`, `data_dir_unusable`; what was written so far is the caller's to remove
 */
export async function download(options: DownloadOptions): Promise<string> {
  const file = await open(options.path, 'wx', 0o600);
  try {
    return await new Download(options, file).run();
  } finally {
    await file.close();
  }
}
