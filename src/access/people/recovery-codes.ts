// Codes for the day when the authenticator is lost: made by us, shown once, each good once.
import { randomToken } from '../../base/index.ts';

const COUNT = 10;
const LENGTH = 16;

/** Ten codes of 80 random bits, in groups of four. */
export function createRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => randomToken(LENGTH).replaceAll(/(.{4})(?=.)/g, '$1-'));
}

/** What is kept of a code, however it was typed. */
export function recoveryDigest(keyedDigest: (text: string) => string, user: string, code: string): string {
  // Crockford's alphabet has no i, l, o: whoever reads one, reads 1 and 0.
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll(/[il]/g, '1').replaceAll('o', '0');
  return keyedDigest(`ancile recovery code v1\n${user}\n${plain}`);
}
