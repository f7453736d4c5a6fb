// A private key that a user names: read only when nobody else could have read it, opened by its passphrase, never shown.
import { type KeyObject, createPrivateKey } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { AncileError, systemCode } from '../base/index.ts';
import { custodyProblem } from './key-file.ts';

const MAX_BYTES = 65_536;

function unusable(path: string, what: string, hint: string, cause?: unknown): AncileError {
  return new AncileError('usage', `the key ${path} ${what}`, { at: path, hint, cause });
}

function readPrivate(path: string): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw unusable(
      path,
      `cannot be read (${systemCode(cause) ?? 'unknown'})`,
      'Name the file of a private key in PEM.',
      cause,
    );
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw unusable(path, 'is no key file', 'Name a private key in PEM.');
    const bytes = readFileSync(fd);
    if (!bytes.includes('PRIVATE KEY-----')) {
      const hint = 'Give the private key in PEM (PKCS#8), not its public half or a certificate.';
      throw unusable(path, 'is no private key', hint);
    }
    const problem = custodyProblem(stat);
    if (problem !== undefined) {
      throw unusable(path, problem, `Run chmod 600 ${path} as its owner, and replace the key if others had access.`);
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a private key in PEM: PKCS#8, sealed or not, or SEC 1.
 * @param askPassphrase - asked where the key is sealed, and only then
 * @throws AncileError `usage` for what is no such key, what others can read, or a wrong passphrase; never with a piece of it
 */
export async function loadPrivateKey(path: string, askPassphrase: () => Promise<string>): Promise<KeyObject> {
  const bytes = readPrivate(path);
  const text = bytes.toString('latin1');
  const isSealed = text.includes('BEGIN ENCRYPTED PRIVATE KEY') || text.includes('Proc-Type: 4,ENCRYPTED');
  const passphrase = isSealed ? await askPassphrase() : undefined;
  try {
    return createPrivateKey({ key: bytes, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The parser's error is not kept as a cause: it could carry a piece of the key.
    throw isSealed
      ? unusable(path, 'does not open with this passphrase', 'Check the passphrase.')
      : unusable(path, 'cannot be read as a private key', 'Give it in PEM (PKCS#8): openssl pkcs8 -topk8 -nocrypt.');
  } finally {
    bytes.fill(0);
  }
}
