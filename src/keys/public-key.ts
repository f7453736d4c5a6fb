// The public half of the signing key: what a verifier needs, and how a key is named.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { AncileError } from '../base/index.ts';

/** Where the public key lies within a data folder. */
export const PUBLIC_KEY_PATH = 'keys/signing.pub.pem';

export interface PublicKey {
  /** First 16 hex characters of the SHA-256 of the key's SPKI DER. */
  readonly keyId: string;
  /** The key as SPKI PEM. */
  readonly pem: string;
  /** Whether `signature` is this key's Ed25519 signature over `bytes`. Never throws. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** A public key object with its name and its one operation. */
export function toPublicKey(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyId: createHash('sha256').update(der).digest('hex').slice(0, 16),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    verify(bytes, signature) {
      return signature.length === 64 && verify(null, bytes, key, signature);
    },
  };
}

/**
 * Reads an Ed25519 public key in SPKI PEM. `at` names where it came from.
 * @throws AncileError `usage` when it is not one.
 */
export function loadPublicKey(pem: string, at: string): PublicKey {
  let key: KeyObject | undefined;
  try {
    // createPublicKey would also take a private key and derive: a verifier should never be handed one.
    if (pem.includes('PUBLIC KEY')) key = createPublicKey(pem);
  } catch {
    // Not a key: said below, without the parser's words, which may quote the input.
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    const hint = 'Give the SPKI PEM of an Ed25519 public key, as in keys/signing.pub.pem of the data folder.';
    throw new AncileError('usage', `${at} is not an Ed25519 public key`, { at, hint });
  }
  return toPublicKey(key);
}
