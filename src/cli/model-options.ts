// What sign, verify and attest share: the options of a model and of a key, files that are read, and how far they have come.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { SigningKey } from '../attest/index.ts';
import type * as AttestRoom from '../attest/index.ts';
import { AncileError, systemCode } from '../base/index.ts';
import { writeSynced } from '../config/index.ts';
import { loadPrivateKey } from '../keys/index.ts';
import { type PassphraseOptions, passphraseFrom } from './passphrase.ts';

export interface ModelOptions {
  readonly ignore?: string[];
  readonly allowSymlinks?: boolean;
  readonly cache?: string;
}

export interface SigningOptions extends PassphraseOptions {
  readonly key: string;
  readonly certificate?: string[];
  readonly shardSize?: number;
}

/** Commander's way of an option that may be repeated. */
export function each(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Adds the options of a model that is read. */
export function withModel(command: Command): Command {
  return command
    .option('--ignore <path>', 'leave out a file or folder of the model; repeatable', each)
    .option('--allow-symlinks', 'follow links to files within the model; they are refused otherwise')
    .option(
      '--cache <dir>',
      'do not read again what is unchanged by size, times and inode; keep digests in this folder',
    );
}

/** Adds the options of a private key. */
export function withSigningKey(command: Command): Command {
  return command
    .requiredOption('--key <file>', 'private key in PEM: P-256, P-384 or P-521')
    .option('--passphrase-env <name>', 'environment variable that holds the key’s passphrase')
    .option('--passphrase-file <file>', 'file that holds the key’s passphrase')
    .option('--certificate <file>', 'the key’s certificate in PEM, then those above it; repeatable', each)
    .option('--shard-size <bytes>', 'digest files in pieces of this size, each by its own name', (text) => {
      if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
      throw new InvalidArgumentError('expected a number of bytes');
    });
}

/** @throws AncileError `usage` */
export function readFile(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new AncileError('usage', `${option}: ${file} cannot be read (${systemCode(cause) ?? 'unknown'})`, {
      at: file,
      cause,
    });
  }
}

/** The key to sign with, and its certificates. */
export async function loadSigner(room: typeof AttestRoom, options: SigningOptions): Promise<SigningKey> {
  const { key, certificate = [] } = options;
  return {
    key: await loadPrivateKey(key, passphraseFrom(key, options)),
    certificates: certificate.flatMap((file) =>
      room.readCertificates(readFile(file, '--certificate').toString('utf8'), file),
    ),
  };
}

/** Writes a file whole or not at all, over one that is there. */
export function writeWhole(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.tmp`;
  try {
    writeSynced(fresh, text, 'wx', 0o644);
    renameSync(fresh, path);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new AncileError('usage', `${path} cannot be written (${systemCode(cause) ?? 'unknown'})`, {
      at: path,
      cause,
    });
  }
}

export function toGigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Tells how much of a model is read, on a terminal and only there, and ends the reading on Ctrl-C. */
export async function withProgress<T>(
  run: (watch: { signal: AbortSignal; onProgress: (done: number, total: number) => void }) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  const isTty = process.stderr.isTTY === true;
  const clear = '\r\u001b[K';
  let told = 0;
  process.once('SIGINT', stop);
  try {
    return await run({
      signal: ended.signal,
      onProgress(done, total) {
        if (!isTty || performance.now() - told < 200) return;
        told = performance.now();
        process.stderr.write(`${clear}${toGigabytes(done)} of ${toGigabytes(total)} read`);
      },
    });
  } finally {
    if (told > 0) process.stderr.write(clear);
    process.removeListener('SIGINT', stop);
  }
}
