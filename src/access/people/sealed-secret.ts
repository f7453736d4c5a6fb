// The second factor's secrets at rest: AES-256-GCM under a key made from the data folder's, bound to the user.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { AncileError } from '../../base/index.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SecretSeal {
  seal(user: string, secret: string): string;
  /** @throws AncileError `store_fault` where it was changed, moved to another user, or sealed by another key */
  open(user: string, sealed: string): string;
}

/** @param root - its holder can open what is sealed; a key of its own is derived (HKDF-SHA-256, RFC 5869) */
export function createSecretSeal(root: KeyObject): SecretSeal {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', root, '', 'ancile second factor v1', 32)));
  const boundTo = (user: string): Buffer => Buffer.from(`ancile second factor v1\n${user}`);
  return {
    seal(user, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(user));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64');
    },
    open(user, sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(boundTo(user)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new AncileError('store_fault', 'the second factor of a user cannot be opened', {
          hint: 'Keys and store are of different data folders, or the store was changed: ancile user reset NAME.',
          cause,
        });
      }
    },
  };
}
