// The keys of one data folder: loaded, or made on first use, and used without ever being shown.
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import { AncileError } from '../base/index.ts';
import { createKeyFile, loadKeyFile, openKeyFolder } from './key-file.ts';
import { createKeyedDigest, createKeyedLabel } from './keyed-digest.ts';
import { PUBLIC_KEY_PATH, type PublicKey, toPublicKey } from './public-key.ts';
import { createSeal, type Seal } from './seal.ts';

const SECRET_BYTES = 32;

export interface Keys {
  /** The public half, for verifiers. */
  readonly publicKey: PublicKey;
  readonly publicKeyPem: string;
  readonly keyId: string;
  /** Key of evidence capture (AES-256-GCM). A KeyObject: it prints as nothing. */
  readonly captureKey: KeyObject;
  /** Encrypts texts for one purpose, under a key derived from the capture key for it alone. */
  sealFor(purpose: string): Seal;
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Buffer;
  /** HMAC-SHA-256 of a text (as UTF-8) or of bytes, in hex: names content without disclosing it. */
  keyedDigest(content: string | Uint8Array): string;
  /** 128 bits, in hex, that name a text without disclosing it; for labels, cheaper than `keyedDigest`. */
  keyedLabel(text: string): string;
}

function broken(path: string, what: string): AncileError {
  const hint = 'Restore the key folder from its backup; without it old records cannot be signed or read on.';
  return new AncileError('data_dir_unusable', `key file ${path} ${what}`, { at: path, hint });
}

function openSecret(path: string, mayCreate: boolean): KeyObject {
  const found = loadKeyFile(path, true);
  if (found === undefined) {
    if (!mayCreate) throw broken(path, 'is missing beside the other keys');
    const made = randomBytes(SECRET_BYTES);
    createKeyFile(path, made);
    return createSecretKey(made);
  }
  if (found.length !== SECRET_BYTES) throw broken(path, `has ${found.length} bytes instead of ${SECRET_BYTES}`);
  return createSecretKey(found);
}

function parseSigningKey(path: string, pem: Buffer): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    // The parser's error is not kept as a cause: it could carry a piece of the key.
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw broken(path, 'is not an Ed25519 private key (PKCS8 PEM)');
  return key;
}

/** Writes the public half beside the private one, or holds the one that lies there against it. */
function settlePublicKey(path: string, publicKey: PublicKey): void {
  const found = loadKeyFile(path, false);
  if (found === undefined) createKeyFile(path, Buffer.from(publicKey.pem));
  else if (found.toString('utf8').trim() !== publicKey.pem.trim())
    throw broken(path, 'is not the signing key’s other half');
}

/**
 * Opens the keys in `<dataDir>/keys/` (folder 0700, files 0600), making them on first use.
 *
 * The signing key is made last: where it exists, the others must too, so that a deleted key is an error and
 * never quietly replaced. Call it by whoever owns the data folder (see `openStore`).
 * @throws AncileError `data_dir_unusable` when a key is broken, missing, or within others' reach.
 */
export function openKeys(dataDir: string): Keys {
  const folder = join(dataDir, 'keys');
  openKeyFolder(folder);
  const signingPath = join(folder, 'signing.pem');
  const pem = loadKeyFile(signingPath, true);

  const digestKey = openSecret(join(folder, 'digest.key'), pem === undefined);
  const captureKey = openSecret(join(folder, 'capture.key'), pem === undefined);
  let signingKey: KeyObject;
  if (pem === undefined) {
    signingKey = generateKeyPairSync('ed25519').privateKey;
    createKeyFile(signingPath, Buffer.from(signingKey.export({ type: 'pkcs8', format: 'pem' })));
  } else {
    signingKey = parseSigningKey(signingPath, pem);
  }
  const publicKey = toPublicKey(createPublicKey(signingKey));
  settlePublicKey(join(dataDir, PUBLIC_KEY_PATH), publicKey);

  const keyedDigest = createKeyedDigest(digestKey);
  return {
    publicKey,
    publicKeyPem: publicKey.pem,
    keyId: publicKey.keyId,
    captureKey,
    sealFor: (purpose) => createSeal(captureKey, purpose),
    sign: (bytes) => sign(null, bytes, signingKey),
    keyedDigest,
    keyedLabel: createKeyedLabel(keyedDigest),
  };
}
