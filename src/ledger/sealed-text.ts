// One captured text, sealed: AES-256-GCM under the capture key, bound to the exchange and direction it belongs to.
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Direction } from '../contract/index.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const SealedText = z.strictObject({
  exchange: z.string().max(200),
  direction: z.enum(['input', 'output']),
  time: z.string().max(40),
  /** Nonce, ciphertext and tag, base64. */
  sealed: z.string(),
});
export type SealedText = z.infer<typeof SealedText>;

/** What the tag covers besides the text. */
function boundTo(exchange: string, direction: Direction): Buffer {
  return Buffer.from(`ancile-evidence-v1\n${exchange}\n${direction}`);
}

/** Seals a text under a random 96-bit nonce: safe for 2^32 texts a key. */
export function sealText(key: KeyObject, exchange: string, direction: Direction, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(exchange, direction));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** Opens a sealed text; undefined when it was changed, moved to another exchange, or sealed by another key. */
export function openText(key: KeyObject, { exchange, direction, sealed }: SealedText): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(exchange, direction));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
