// Compares secrets without telling, by the time it takes, how much of a guess was right.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are equal, in time that depends on their lengths only. */
export function equalSecrets(a: string | Uint8Array, b: string | Uint8Array): boolean {
  // Digests first: timingSafeEqual wants equal lengths, and refusing early would tell the length.
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}
