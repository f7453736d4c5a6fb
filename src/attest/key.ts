// Public keys that vouch for models: read, and named by their digests.
import { type KeyObject, createHash, createPublicKey } from 'node:crypto';
import { AncileError } from '../base/index.ts';
import { hashOf } from './dsse.ts';

const CURVES =
  'Model signing has elliptic-curve keys: P-256, P-384 or P-521 (openssl ecparam -name prime256v1 -genkey).';

function hashSpki(key: KeyObject, format: 'der' | 'pem'): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  const spki = format === 'der' ? half.export({ type: 'spki', format }) : half.export({ type: 'spki', format });
  return createHash('sha256').update(spki).digest('hex');
}

/** SHA-256 of the key's SPKI in DER, hex. */
export function keyDigest(key: KeyObject): string {
  return hashSpki(key, 'der');
}

/** As bundles name a key: SHA-256 of its SPKI in PEM. The reference refuses any other. */
export function keyHint(key: KeyObject): string {
  return hashSpki(key, 'pem');
}

/** Whether a bundle's hint may mean this key; other writers hash the DER. */
export function isHintOf(hint: string, key: KeyObject): boolean {
  return hint === keyHint(key) || hint === keyDigest(key);
}

/** @throws AncileError `usage` for a key of another kind */
export function checkCurve(key: KeyObject, at: string): void {
  if (hashOf(key) === undefined) throw new AncileError('usage', `${at} is no key for models`, { at, hint: CURVES });
}

/**
 * Reads a public key in SPKI PEM; a private key that is not sealed gives its public half.
 * @throws AncileError `usage` when it is none for models
 */
export function readPublicKey(pem: string, at: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    // Without the parser's words, which may quote the input.
    throw new AncileError('usage', `${at} holds no public key`, {
      at,
      hint: 'Give its public half in PEM: openssl pkey -in KEY -pubout.',
    });
  }
  checkCurve(key, at);
  return key;
}
