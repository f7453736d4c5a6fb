// Short texts kept encrypted: AES-256-GCM under a key of one purpose, derived from the capture key.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Seals texts for one purpose. What one purpose sealed no other opens. */
export interface Seal {
  /** Nonce, ciphertext and tag, base64; opened only with the same `boundTo` (an id, say). */
  seal(text: string, boundTo: string): string;
  /** The text; undefined where it was changed, is bound to something else, or was sealed by another key or purpose. */
  open(sealed: string, boundTo: string): string | undefined;
}

/** The seal of a purpose: its key is derived by HKDF-SHA-256 (RFC 5869), a random 96-bit nonce for each text. */
export function createSeal(root: KeyObject, purpose: string): Seal {
  const derived = Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `ancile seal v1 ${purpose}`, KEY_BYTES));
  const key = createSecretKey(derived);
  derived.fill(0);
  return {
    seal(text, boundTo) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(boundTo));
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(parts).toString('base64');
    },
    open(sealed, boundTo) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(boundTo));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
